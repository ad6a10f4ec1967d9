/** Events of OpenLineage 2-0-2, as plain JSON. Nothing here reads, sends or loads anything. */
import { createHash } from "node:crypto";
import { resolve } from "node:path";

export type LineageEventType = "START" | "COMPLETE" | "FAIL" | "ABORT";

/** What runs: a pipeline, a task of it, or a command. */
export interface LineageRun {
  readonly runId: string;
  readonly namespace: string;
  readonly name: string;
  readonly jobType: "PIPELINE" | "TASK" | "COMMAND";
  readonly parent?: Pick<LineageRun, "runId" | "namespace" | "name"> | undefined;
  /** The scheduled time. */
  readonly nominalMs?: number | undefined;
}

/** A table, and what a run did with it. */
export interface LineageDataset {
  readonly uri: string;
  readonly version: number;
  readonly fields?: readonly LineageField[] | undefined;
  /** Only of a table that was written. */
  readonly written?:
    { readonly rows: number | undefined; readonly bytes: number; readonly files: number } | undefined;
  /** Checks that were made of it; only of one that was read. */
  readonly assertions?: readonly LineageAssertion[] | undefined;
}

export interface LineageField {
  readonly name: string;
  readonly type: string;
}

interface LineageAssertion {
  readonly assertion: string;
  readonly success: boolean;
  readonly severity: string;
}

interface EventDetails {
  readonly producer: string;
  readonly timeMs: number;
  readonly inputs?: readonly LineageDataset[];
  readonly outputs?: readonly LineageDataset[];
  /** Why it failed. */
  readonly error?: string | undefined;
}

export type LineageEvent = Readonly<Record<string, unknown>>;

const spec = "https://openlineage.io/spec";

export function lineageEvent(type: LineageEventType, run: LineageRun, details: EventDetails): LineageEvent {
  const { producer, timeMs, inputs = [], outputs = [], error } = details;
  const facet = facetsBy(producer);
  const { parent, nominalMs } = run;
  return {
    eventType: type,
    eventTime: new Date(timeMs).toISOString(),
    producer,
    schemaURL: `${spec}/2-0-2/OpenLineage.json#/$defs/RunEvent`,
    run: {
      runId: run.runId,
      facets: {
        ...(parent === undefined
          ? {}
          : {
              parent: facet("1-2-0/ParentRunFacet", {
                run: { runId: parent.runId },
                job: { namespace: parent.namespace, name: parent.name },
              }),
            }),
        ...(nominalMs === undefined
          ? {}
          : {
              nominalTime: facet("1-0-1/NominalTimeRunFacet", {
                nominalStartTime: new Date(nominalMs).toISOString(),
              }),
            }),
        ...(error === undefined
          ? {}
          : {
              errorMessage: facet("1-0-1/ErrorMessageRunFacet", {
                message: error,
                programmingLanguage: "TypeScript",
              }),
            }),
      },
    },
    job: {
      namespace: run.namespace,
      name: run.name,
      facets: {
        jobType: facet("2-0-4/JobTypeJobFacet", {
          processingType: "BATCH",
          integration: "FINANCE_FEEDBACK_PIPELINES",
          jobType: run.jobType,
        }),
      },
    },
    inputs: inputs.map((dataset) => inputOf(dataset, facet)),
    outputs: outputs.map((dataset) => outputOf(dataset, facet)),
  };
}

type Facet = (schema: string, content: object) => object;

function facetsBy(producer: string): Facet {
  return (schema, content) => {
    const name = schema.split("/")[1] ?? "";
    return {
      _producer: producer,
      _schemaURL: `${spec}/facets/${schema.replace(/\/.*/, "")}/${name}.json#/$defs/${name}`,
      ...content,
    };
  };
}

function datasetOf({ uri, version, fields }: LineageDataset, facet: Facet): object {
  return {
    ...datasetName(uri),
    facets: {
      version: facet("1-0-1/DatasetVersionDatasetFacet", { datasetVersion: String(version) }),
      ...(fields === undefined ? {} : { schema: facet("1-2-0/SchemaDatasetFacet", { fields }) }),
    },
  };
}

function inputOf(dataset: LineageDataset, facet: Facet): object {
  const { assertions = [] } = dataset;
  return {
    ...datasetOf(dataset, facet),
    inputFacets:
      assertions.length === 0
        ? {}
        : { dataQualityAssertions: facet("1-1-0/DataQualityAssertionsDatasetFacet", { assertions }) },
  };
}

function outputOf(dataset: LineageDataset, facet: Facet): object {
  const { written } = dataset;
  return {
    ...datasetOf(dataset, facet),
    outputFacets:
      written === undefined
        ? {}
        : {
            outputStatistics: facet("1-0-2/OutputStatisticsOutputDatasetFacet", {
              ...(written.rows === undefined ? {} : { rowCount: written.rows }),
              size: written.bytes,
              fileCount: written.files,
            }),
          },
  };
}

/** A table's name by the storage that it lies on, as the specification names datasets. */
export function datasetName(uri: string): { readonly namespace: string; readonly name: string } {
  const [, scheme = "", bucket = "", key = ""] = /^([a-z][a-z0-9+.-]*):\/\/([^/]*)\/*(.*)$/i.exec(uri) ?? [];
  if (scheme === "") return { namespace: "file", name: resolve(uri) };
  if (scheme === "file")
    return { namespace: "file", name: decodeURIComponent(`/${key}`).replace(/\/+$/, "") };
  return { namespace: `${scheme}://${bucket}`, name: key.replace(/\/+$/, "") };
}

/** The id of the run of something that has a name of its own: the same from every process. */
export function runIdOf(name: string): string {
  const hex = createHash("sha256").update(name).digest("hex");
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** One try of a task of a pipeline's run. The commands that it calls know it by their environment. */
export function tryRun(
  namespace: string,
  {
    runId,
    pipeline,
    task,
    attempt,
  }: {
    readonly runId: string;
    readonly pipeline: string;
    readonly task: string;
    readonly attempt: number;
  },
): Pick<LineageRun, "runId" | "namespace" | "name"> {
  return { runId: runIdOf(`${runId}/${task}/${attempt}`), namespace, name: `${pipeline}.${task}` };
}
