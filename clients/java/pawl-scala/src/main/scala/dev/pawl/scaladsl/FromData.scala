package dev.pawl.scaladsl

import scala.compiletime.{constValueTuple, summonAll}
import scala.deriving.Mirror
import scala.jdk.CollectionConverters.*

/**
 * Makes a value of data: maps, lists, strings, numbers and booleans, as YAML and JSON have them. What it says on the left comes into
 * logs, so it names the place and the kind, and never the value.
 *
 * {{{
 * case class Limits(cap: Int, burst: Option[Int]) derives FromData
 * }}}
 */
trait FromData[A]:
  def from(data: Any): Either[String, A]

  /** Of a field that is not there. */
  def absent: Either[String, A] = Left(": is missing")

object FromData:
  def apply[A](read: Any => Either[String, A]): FromData[A] = read(_)

  private def kind[A](name: String)(read: PartialFunction[Any, A]): FromData[A] =
    data => read.lift(data).toRight(s": is not $name")

  given FromData[String] = kind("a string") { case text: String => text }
  given FromData[Boolean] = kind("true or false") { case flag: java.lang.Boolean => flag.booleanValue }
  given FromData[Int] = kind("an integer") { case number: Integer => number.intValue }
  given FromData[Long] = kind("an integer") {
    case number: Integer => number.longValue
    case number: java.lang.Long => number.longValue
  }
  given FromData[Double] = kind("a number") { case number: Number => number.doubleValue }

  given [A](using item: FromData[A]): FromData[Option[A]] with
    def from(data: Any): Either[String, Option[A]] = if data == null then Right(None) else item.from(data).map(Some(_))
    override def absent: Either[String, Option[A]] = Right(None)

  given [A](using item: FromData[A]): FromData[List[A]] =
    case list: java.util.List[?] => all(list.asScala.toList.zipWithIndex)((one, at) => under(at.toString)(item.from(one)))
    case _ => Left(": is not a list")

  given [A](using item: FromData[A]): FromData[Map[String, A]] =
    case map: java.util.Map[?, ?] =>
      all(map.asScala.toList)((key, one) => under(key.toString)(item.from(one)).map(key.toString -> _)).map(_.toMap)
    case _ => Left(": is not a mapping")

  /** A case class: a field an entry. Entries that it has no field for are let be. */
  inline def derived[A](using mirror: Mirror.ProductOf[A]): FromData[A] =
    val names = constValueTuple[mirror.MirroredElemLabels].toList.asInstanceOf[List[String]]
    lazy val fields = summonAll[Tuple.Map[mirror.MirroredElemTypes, FromData]].toList.asInstanceOf[List[FromData[Any]]]
    product(names, fields, values => mirror.fromProduct(Tuple.fromArray(values.toArray)))

  /** What `derived` calls. */
  def product[A](names: List[String], fields: => List[FromData[Any]], make: List[Any] => A): FromData[A] =
    case map: java.util.Map[?, ?] =>
      all(names.zip(fields)) { (name, field) =>
        under(name)(if map.containsKey(name) then field.from(map.get(name)) else field.absent)
      }.map(make)
    case _ => Left(": is not a mapping")

  /** All of them, or the first that is not. */
  private def all[A, B](items: List[A])(read: A => Either[String, B]): Either[String, List[B]] =
    items
      .foldLeft[Either[String, List[B]]](Right(Nil)) { (soFar, item) => soFar.flatMap(done => read(item).map(_ :: done)) }
      .map(_.reverse)

  /** RFC 6901. */
  private def under[A](name: String)(read: Either[String, A]): Either[String, A] =
    read.left.map(fault => s"/${name.replace("~", "~0").replace("/", "~1")}$fault")
