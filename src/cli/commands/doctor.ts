import { resolve } from "node:path";
import { openStore } from "finance-feedback-delta";
import { nearestName } from "finance-feedback-delta/contract";

import { ConfigError } from "../../config/config-error.ts";
import { configuredAlerts } from "../../config/configured-alerts.ts";
import { configuredPipelines } from "../../config/configured-pipelines.ts";
import { sectionOf } from "../../config/providers-schema.ts";
import { symbolsOf } from "../../config/symbol-spellings.ts";
import { openProvider } from "../../providers/create-provider.ts";
import { loadConfig } from "../../config/load-config.ts";
import type { LoadedConfig } from "../../config/load-config.ts";
import { configuredOptions } from "../../configured-options.ts";
import { checks, examine } from "../../doctor/examine.ts";
import type { AreaReport, Check } from "../../doctor/check.ts";
import { areas } from "../../doctor/finding.ts";
import type { Area, Finding } from "../../doctor/finding.ts";
import { Installation } from "../../doctor/installation.ts";
import { systemMachine } from "../../doctor/system-machine.ts";
import type { Machine } from "../../doctor/installation.ts";
import { typedCommand } from "../../doctor/typed-command.ts";
import { ProviderRegistry } from "../../providers/provider-registry.ts";
import { rememberedLedger } from "../../providers/remembered-ledger.ts";
import { SqliteLedger } from "../../providers/sqlite-ledger.ts";
import { isRemote } from "../beside-tables.ts";
import { CommandError } from "../command-error.ts";
import type { DoctorOptions } from "../grammar/doctor.ts";
import { suiteOf } from "../ingestion-gate.ts";
import { withInterruption } from "../interruption.ts";
import { openLake } from "../opened-lake.ts";
import { printReports } from "../output/doctor-report.ts";
import { say } from "../output/say.ts";
import { whileDoing } from "../watched-run.ts";

/** Areas that can be looked at for one table alone. */
const tableAreas: readonly Area[] = ["tables", "files", "series"];

/** `ffe doctor`: 1 when there are errors, or with `--strict` warnings. */
export async function doctor(options: DoctorOptions, machine: Machine = systemMachine): Promise<number> {
  const wanted = areasOf(options);
  const reports = await withInterruption((signal) =>
    whileDoing("looking at the lake and its surroundings", options, () =>
      reportsOf(wanted, options, machine, signal),
    ),
  );
  await printReports(reports, options.json === true);
  const severities = new Set(reports.flatMap(({ findings }) => findings.map(({ severity }) => severity)));
  return severities.has("error") || (options.strict === true && severities.has("warning")) ? 1 : 0;
}

/** @throws CommandError `INVALID_ARGUMENT` */
function areasOf({ only, table }: DoctorOptions): readonly Area[] {
  if (only === undefined) return table === undefined ? areas : tableAreas;
  return only.map((name) => {
    const area = areas.find((one) => one === name);
    if (area !== undefined) return area;
    const meant = nearestName(name, areas);
    throw new CommandError(
      "INVALID_ARGUMENT",
      `There is no area ${name}${meant === undefined ? `; there are ${areas.join(", ")}` : `. Did you mean ${meant}?`}`,
    );
  });
}

async function reportsOf(
  wanted: readonly Area[],
  options: DoctorOptions,
  machine: Machine,
  signal: AbortSignal,
): Promise<readonly AreaReport[]> {
  let loaded: LoadedConfig;
  try {
    loaded = loadConfig(options.config, process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // Without a configuration the lake is not known.
    return [{ area: "config", findings: [configFinding(error, options.config)] }];
  }
  const { config, file } = loaded;
  const { clock, online: isOnline = false } = options;
  const { storagePath, lake, deadLetters, ...opened } = openLake(config, options, signal);
  const statePath = resolve(opened.statePath);
  // Requests count against quotas, and their answers change a provider's stored state. Without requests nothing is written.
  const writtenLedger = isOnline ? new SqliteLedger(statePath, say) : undefined;
  const ledger = writtenLedger ?? rememberedLedger(statePath);
  const ingesterOptions = configuredOptions(config, { deadLetters, ledger });
  const registry = new ProviderRegistry(ingesterOptions.customProviders);
  const installation = new Installation({
    config,
    configFile: file,
    lake,
    store: openStore(storagePath),
    isLocal: !isRemote(storagePath),
    statePath,
    deadLetters,
    ledger,
    providers: () => registry.all,
    openProvider: (name) =>
      openProvider(registry.get(name), {
        ledger,
        clock,
        symbols: symbolsOf(config, name),
        settings: sectionOf(config.providers, name),
      }),
    clock,
    machine,
    environment: process.env,
    isOnline,
    onlyTable: options.table,
    commonWords: [
      ...(options.storage === undefined ? [] : ["--storage", options.storage]),
      ...(options.config === undefined ? [] : ["--config", options.config]),
    ],
  });
  try {
    const all = [configCheck(options.config), ...checks, projectCheck(options)];
    return await examine(
      installation,
      all.filter(({ area }) => wanted.includes(area)),
    );
  } finally {
    writtenLedger?.close();
    await lake.close();
  }
}

/** The parts that the configuration names: modules, pipelines, receivers of alerts, the suite. */
function configCheck(explicitFile: string | undefined): Check {
  return {
    area: "config",
    examine({ parts: { config, providers } }) {
      try {
        providers();
        const names = configuredPipelines(config).map(({ definition }) => definition.name);
        configuredAlerts(config, names);
        suiteOf(config.data_quality.suite, config);
        return [];
      } catch (error) {
        return [configFinding(error, explicitFile)];
      }
    },
  };
}

function configFinding(error: unknown, explicitFile: string | undefined): Finding {
  const message = error instanceof Error ? error.message : String(error);
  const named = explicitFile ?? process.env["FFE_CONFIG"];
  const file = /^(.+?), line \d+:/.exec(message)?.[1] ?? named;
  const isMissing = error instanceof ConfigError && error.code === "CONFIG_NOT_FOUND";
  const edit = `\${EDITOR:-vi} ${typedCommand([file ?? "config/config.yaml"])}`;
  return {
    severity: "error",
    subject: file ?? "configuration",
    found: message,
    meaning: "No command works until the configuration can be read.",
    commands: [
      isMissing && file !== undefined ? typedCommand(["ffe", "config", "init", "--config", file]) : edit,
      typedCommand([
        "ffe",
        "config",
        "check",
        ...(explicitFile === undefined ? [] : ["--config", explicitFile]),
      ]),
    ],
  };
}

/** Whether the models can be read: the folder's own dbt project, or those that come with ffe. */
function projectCheck(options: DoctorOptions): Check {
  return {
    area: "project",
    async examine(installation) {
      const { openedProject } = await import("../opened-project.ts");
      try {
        const { lake, clock } = installation.parts;
        const { project } = openedProject({ ...options, quiet: true }, { lake, clock }, { which: "list" });
        return project.warnings.map((warning) => ({
          severity: "warning",
          subject: "dbt project",
          found: warning,
          meaning: "Models are built all the same.",
          commands: [installation.ffe("transform", "list")],
        }));
      } catch (error) {
        return [
          {
            severity: "error",
            subject: "dbt project",
            found: error instanceof Error ? error.message : String(error),
            meaning: "Silver and Gold cannot be built. The message names the file to edit.",
            commands: [installation.ffe("transform", "list")],
          },
        ];
      }
    },
  };
}
