package dev.assay.topology;

import java.util.Map;
import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.Cache;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBufferManager;

/**
 * One bound on the native memory of all state stores of a process, where each store would take up to 50 MB of cache and 48 MB of write
 * buffers of its own: with a store a partition that is what ends a small machine.
 */
public final class StateMemory implements RocksDBConfigSetter {
  private static final long BYTES = 96L << 20;

  /** Of these bytes, what is written and not yet on the disk; counted in the same cache. */
  private static final long WRITE_BYTES = 48L << 20;

  private static final long BUFFER_BYTES = 4L << 20;
  private static final int BUFFERS = 2;

  static {
    RocksDB.loadLibrary();
  }

  private static final Cache CACHE = new LRUCache(BYTES);
  private static final WriteBufferManager WRITES = new WriteBufferManager(WRITE_BYTES, CACHE);

  @Override
  public void setConfig(String storeName, Options options, Map<String, Object> configs) {
    BlockBasedTableConfig table = (BlockBasedTableConfig) options.tableFormatConfig();
    table.setBlockCache(CACHE);
    table.setCacheIndexAndFilterBlocks(true);
    table.setPinTopLevelIndexAndFilter(true);
    options.setTableFormatConfig(table);
    options.setWriteBufferManager(WRITES);
    options.setWriteBufferSize(BUFFER_BYTES);
    options.setMaxWriteBufferNumber(BUFFERS);
  }

  /** Nothing: the cache outlives every store. */
  @Override
  public void close(String storeName, Options options) {}
}
