package dev.carillon.engine.load;

import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.rdb.RdbReader;
import dev.carillon.engine.storage.ReadFile;
import dev.carillon.protocol.bytes.Bytes;
import java.io.IOException;
import java.util.List;
import java.util.function.BiConsumer;

/** A load of an RDB file; see {@link RdbFiller}. */
public final class RdbLoad implements LoadSource {

  private final ReadFile file;
  private final RdbReader in;
  private final RdbFiller filler;

  /**
   * A load that has not begun.
   *
   * @param name what to call the file in messages
   * @param file just opened; closed by {@link #close}
   * @param checking whether the file's checksum has to be right ({@code rdbchecksum})
   * @param keyspace where the keys go; its limits decide how they are packed
   * @param aux told of each fact that the file holds: name and text
   */
  public RdbLoad(
      String name, ReadFile file, boolean checking, Keyspace keyspace, BiConsumer<Bytes, Bytes> aux)
      throws IOException {
    this.file = file;
    this.in = new RdbReader(file);
    this.filler = new RdbFiller(name, in, checking, keyspace, aux);
  }

  @Override
  public boolean step(int budgetBytes) throws IOException {
    return filler.step(budgetBytes);
  }

  @Override
  public long loadedBytes() {
    return in.position();
  }

  @Override
  public long totalBytes() {
    return in.size();
  }

  @Override
  public long loaded() {
    return filler.keys();
  }

  @Override
  public List<String> remarks() {
    return List.copyOf(filler.remarks());
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
