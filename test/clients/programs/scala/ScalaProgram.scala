/* test/clients/program.ts, as far as the Scala facade goes. */

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import dev.pawl.client.{LiveConfig, PawlClient, PawlException, SaveOutcome, SaveRequest, Snapshot}
import dev.pawl.scaladsl.*
import java.nio.file.Path
import scala.concurrent.{Await, ExecutionContext}
import scala.concurrent.duration.*
import scala.io.Source
import scala.jdk.CollectionConverters.*
import scala.util.control.NonFatal

case class Limits(cap: Int, burst: Int, note: Option[String], hosts: Option[List[String]]) derives FromData

object ScalaProgram:
  private given ExecutionContext = ExecutionContext.parasitic
  private val json = ObjectMapper()
  private var before = Set.empty[Thread]
  private var client: PawlClient = null
  private var config: LiveConfig[Limits] = null

  def main(args: Array[String]): Unit =
    for line <- Source.fromInputStream(System.in, "UTF-8").getLines() do
      val order = json.readTree(line)
      val answer: Map[String, Any] =
        try carryOut(order)
        catch
          case error: PawlException => Map("error" -> Map("reason" -> word(error), "message" -> error.getMessage))
          case NonFatal(error) => Map("error" -> Map("reason" -> "bug", "message" -> error.toString))
      say(answer + ("id" -> order.get("id").intValue))

  private def carryOut(order: JsonNode): Map[String, Any] =
    def text(name: String) = order.get(name).textValue
    text("do") match
      case "open" =>
        before = threads
        client = PawlClient
          .to(text("server"))
          .tokenFile(Path.of(text("tokenFile")))
          .caFile(Path.of(text("caFile")))
          .connect()
        Map.empty
      case "watch" =>
        val later = client.liveLater[Limits](text("namespace"), text("path"), changed, failed)
        config = Await.result(later, 1.minute)
        shown(config.current)
      case "get" => shown(config.current)
      case "text" =>
        given Decoder[Int] = Decoder(body => Right(body.linesIterator.size))
        val lines = client.live[Int](text("namespace"), text("path"))
        try Map("lines" -> lines.value)
        finally lines.close()
      case "save" =>
        val asked = order.get("request")
        val request = SaveRequest.of(asked.get("body_raw").textValue).baseVersion(asked.get("base_version").longValue)
        Await.result(client.saveLater(text("namespace"), text("path"), request), 1.minute) match
          case saved: SaveOutcome.Saved => Map("outcome" -> "saved", "version" -> saved.version)
          case conflict: SaveOutcome.Conflict => Map("outcome" -> "conflict", "currentVersion" -> conflict.currentVersion)
          case other => Map("outcome" -> other.getClass.getSimpleName)
      case "close" =>
        client.close()
        client = null
        config = null
        Map("left" -> left)

  private def changed(old: Snapshot[Limits], now: Snapshot[Limits]): Unit =
    say(Map("event" -> "change", "old" -> shown(old), "now" -> shown(now)))

  private def failed(error: PawlException): Unit =
    say(Map("event" -> "error", "reason" -> word(error), "message" -> error.getMessage, "version" -> error.version))

  private def shown(snapshot: Snapshot[Limits]): Map[String, Any] =
    val Limits(cap, burst, note, hosts) = snapshot.value
    val value = Map("cap" -> cap, "burst" -> burst, "note" -> note.orNull, "hosts" -> hosts.orNull)
    Map("version" -> snapshot.version, "value" -> value)

  private def word(error: PawlException) = error.reason.name.toLowerCase.replace('_', '-')

  /** Until Java 21, the last thread of java.net.http ends at a garbage collection. */
  private def left: List[String] =
    def running =
      System.gc()
      (threads -- before).map(_.getName).toList
    Iterator.continually { Thread.sleep(50); running }.take(400).find(_.isEmpty).getOrElse(running)

  /** But for those of the JVM itself, which come when they like. */
  private def threads: Set[Thread] =
    Thread.getAllStackTraces.keySet.asScala.toSet.filter(thread =>
      thread.getThreadGroup != null && !Set("system", "InnocuousThreadGroup")(thread.getThreadGroup.getName)
    )

  private def say(line: Map[String, Any]): Unit = synchronized(println(json.writeValueAsString(plain(line))))

  private def plain(value: Any): Any = value match
    case map: Map[?, ?] => map.map((key, one) => key.toString -> plain(one)).asJava
    case list: List[?] => list.map(plain).asJava
    case other => other
