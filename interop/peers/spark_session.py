"""The session of every worker with Spark: one process, on this machine, for tables of a few rows."""

import atexit
import tempfile
from pathlib import Path

from pyspark.sql import SparkSession


def open_session(jars: list[Path], own: dict[str, str], warehouse: str | None = None) -> SparkSession:
    """A session with Delta that ends with the process. Its own settings come on top of those that all have."""
    settings = {
        "spark.jars": ",".join(str(jar) for jar in jars),
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": warehouse or temporary_folder(),
        # No need to resolve the machine's own name, or to be reached from outside.
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        # Queries are many and small: the compiler that optimizes most would take more than it gives.
        "spark.driver.extraJavaOptions": "-Duser.timezone=UTC -XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        # Made for clusters, these defaults would cut tables of a few rows into hundreds of tasks.
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.sources.parallelPartitionDiscovery.parallelism": "2",
        "spark.databricks.delta.snapshotPartitions": "2",
        **own,
    }
    spark = SparkSession.builder.master("local[2]").appName("interop").config(map=settings).getOrCreate()
    atexit.register(spark.stop)
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def temporary_folder() -> str:
    folder = tempfile.TemporaryDirectory(prefix="interop-spark-")
    atexit.register(folder.cleanup)
    return folder.name
