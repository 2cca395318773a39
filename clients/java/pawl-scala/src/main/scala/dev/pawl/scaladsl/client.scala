package dev.pawl.scaladsl

import dev.pawl.client.{LiveConfig, Parser, PawlClient, PawlException, SaveOutcome, SaveRequest, Snapshot, WatchOptions}
import scala.concurrent.{blocking, ExecutionContext, Future}

extension (client: PawlClient)
  /**
   * Follows a config, as `watch` does: waits for its value, from the server or from disk, and keeps it up to date until it is closed.
   *
   * @throws dev.pawl.client.PawlException where there is no value
   */
  def live[A](
      namespace: String,
      path: String,
      onChange: (Snapshot[A], Snapshot[A]) => Unit = (_: Snapshot[A], _: Snapshot[A]) => (),
      onError: PawlException => Unit = (_: PawlException) => ()
  )(using decoder: Decoder[A]): LiveConfig[A] =
    val parser: Parser[A] = (text, format) => decoder.decode(text, format).fold(fault => throw PawlException.invalid(fault), identity)
    val options = WatchOptions.create[A]().onChange(onChange(_, _)).onError(onError(_))
    client.watch(namespace, path, parser, options)

  /** The same, without waiting. */
  def liveLater[A](
      namespace: String,
      path: String,
      onChange: (Snapshot[A], Snapshot[A]) => Unit = (_: Snapshot[A], _: Snapshot[A]) => (),
      onError: PawlException => Unit = (_: PawlException) => ()
  )(using decoder: Decoder[A], context: ExecutionContext): Future[LiveConfig[A]] =
    Future(blocking(client.live(namespace, path, onChange, onError)))

  /** Saves, without waiting. What becomes of it is one of the cases of `SaveOutcome`. */
  def saveLater(namespace: String, path: String, request: SaveRequest)(using ExecutionContext): Future[SaveOutcome] =
    Future(blocking(client.save(namespace, path, request)))
