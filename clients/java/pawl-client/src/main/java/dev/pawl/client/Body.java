package dev.pawl.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The body of an answer, a piece at a time, each with a deadline. Any thread may let go of the rest by {@link #close()}, and the
 * one that waits learns of it.
 */
final class Body implements Flow.Subscriber<List<ByteBuffer>>, AutoCloseable {
  /** A piece, the end (an empty array) or a failure. */
  private final BlockingQueue<Object> pieces = new LinkedBlockingQueue<>();

  private volatile Flow.Subscription subscription;
  private volatile boolean isClosed;

  Body(Flow.Publisher<List<ByteBuffer>> publisher) {
    publisher.subscribe(this);
  }

  /** Null at the end. */
  byte[] next(long millis) throws IOException, InterruptedException {
    Object piece = pieces.poll(millis, TimeUnit.MILLISECONDS);
    if (piece == null) throw new IOException("the server took too long to answer");
    if (piece instanceof Throwable failure) throw new IOException(failure);
    byte[] bytes = (byte[]) piece;
    if (bytes.length == 0) return null;
    subscription.request(1);
    return bytes;
  }

  @Override
  public void close() {
    isClosed = true;
    if (subscription != null) subscription.cancel();
    pieces.add(new IOException("the client was closed"));
  }

  @Override
  public void onSubscribe(Flow.Subscription subscription) {
    this.subscription = subscription;
    if (isClosed) subscription.cancel();
    else subscription.request(1);
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    byte[] bytes = new byte[buffers.stream().mapToInt(ByteBuffer::remaining).sum()];
    int at = 0;
    for (ByteBuffer buffer : buffers) {
      int length = buffer.remaining();
      buffer.get(bytes, at, length);
      at += length;
    }
    if (bytes.length == 0) subscription.request(1);
    else pieces.add(bytes);
  }

  @Override
  public void onError(Throwable failure) {
    pieces.add(failure);
  }

  @Override
  public void onComplete() {
    pieces.add(new byte[0]);
  }
}
