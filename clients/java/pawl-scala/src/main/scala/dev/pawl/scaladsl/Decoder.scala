package dev.pawl.scaladsl

import dev.pawl.client.Decode

/** Makes a value of a config's text, or says why not: in words that come into logs, so never with the value. */
trait Decoder[A]:
  def decode(text: String, format: String): Either[String, A]

object Decoder:
  /** A function of your own, for any format. */
  def apply[A](read: String => Either[String, A]): Decoder[A] = (text, _) => read(text)

  /** YAML and JSON, read as Pawl reads them. What is not valid throws, and is told by its place. */
  given [A](using data: FromData[A]): Decoder[A] =
    (text, format) => data.from(Decode.decode(text, format)).left.map(fault => s"at $fault")
