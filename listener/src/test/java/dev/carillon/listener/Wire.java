package dev.carillon.listener;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The network between a client and a server, which a test cuts or lets swallow what it carries. */
final class Wire implements AutoCloseable {

  private final ServerSocket listening;
  private final int target;
  private final Set<Line> lines = ConcurrentHashMap.newKeySet();

  private static final class Line {
    private final Socket near;
    private final Socket far;
    private volatile boolean deaf;

    Line(Socket near, Socket far) {
      this.near = near;
      this.far = far;
    }
  }

  /** A network to a port of this machine. */
  Wire(int target) {
    this.target = target;
    try {
      listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  String uri() {
    return "redis://127.0.0.1:" + listening.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket near = listening.accept();
        Socket far;
        try {
          far = new Socket(InetAddress.getLoopbackAddress(), target);
        } catch (IOException refused) {
          near.close();
          continue;
        }
        near.setTcpNoDelay(true);
        far.setTcpNoDelay(true);
        Line line = new Line(near, far);
        lines.add(line);
        Thread.ofVirtual().start(() -> carry(near, far, line, false));
        Thread.ofVirtual().start(() -> carry(far, near, line, true));
      }
    } catch (IOException closed) {
      cut();
    }
  }

  private void carry(Socket from, Socket to, Line line, boolean towardsClient) {
    byte[] chunk = new byte[16 * 1024];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        if (!towardsClient || !line.deaf) {
          out.write(chunk, 0, n);
        }
      }
    } catch (IOException ended) {
      // So does the other direction.
    }
    end(line);
  }

  private void end(Line line) {
    lines.remove(line);
    try {
      line.near.close();
      line.far.close();
    } catch (IOException e) {
      // Nothing more to do.
    }
  }

  /** Ends every connection. */
  void cut() {
    lines.forEach(this::end);
  }

  /** Whatever the server says on the connections that there are is lost from now on. */
  void swallow() {
    lines.forEach(line -> line.deaf = true);
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }
}
