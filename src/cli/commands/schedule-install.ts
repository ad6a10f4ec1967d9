import { fileURLToPath } from "node:url";
import { join, resolve } from "node:path";

import { loadConfig } from "../../config/load-config.ts";
import { quotedWord } from "../../orchestration/definition/command-line.ts";
import { CommandError } from "../command-error.ts";
import { besideTables, isRemote } from "../beside-tables.ts";
import type { ScheduleInstallOptions } from "../grammar/schedule.ts";
import { say } from "../output/say.ts";
import { writeOut } from "../output/write-out.ts";

/** `ffe schedule install`: prints what keeps the scheduler running, and installs nothing. */
export async function scheduleInstall(options: ScheduleInstallOptions): Promise<number> {
  if (options.systemd !== true && options.cron !== true)
    throw new CommandError("INVALID_ARGUMENT", "Say what to print: --systemd or --cron");
  const { config, file } = loadConfig(options.config, process.env);
  const words = [process.execPath, bin, "schedule", ...contextWords(file, options)];
  const stateFolder = resolve(besideTables(options.storage, "state", config.state.path));
  const text = options.cron === true ? cronLine(words, stateFolder) : systemdUnit(words);
  await writeOut(options.json === true ? `${JSON.stringify({ text }, null, 2)}\n` : text);
  if (options.json !== true)
    say(
      options.cron === true
        ? "# Add the line by crontab -e. A second scheduler ends at once, so it only starts one that is gone. Cron knows nothing of your shell: keys of providers and addresses of alerts go above the line, as NAME=value."
        : "# Save it as ~/.config/systemd/user/ffe-schedule.service, then: systemctl --user enable --now ffe-schedule; loginctl enable-linger",
    );
  return 0;
}

const bin = fileURLToPath(new URL("../../../bin/ffe.js", import.meta.url));

/** The configuration that this call has found is the one that the scheduler reads, wherever it is started. */
function contextWords(config: string | undefined, { storage }: ScheduleInstallOptions): readonly string[] {
  const place = storage === undefined || isRemote(storage) ? storage : resolve(storage);
  return [
    ...(config === undefined ? [] : ["--config", resolve(config)]),
    ...(place === undefined ? [] : ["--storage", place]),
  ];
}

/** Each minute: a scheduler that runs already holds the lease. */
function cronLine(words: readonly string[], stateFolder: string): string {
  const log = quotedWord(join(stateFolder, "schedule.log"));
  const commands = [
    `cd ${quotedWord(process.cwd())}`,
    `mkdir -p ${quotedWord(stateFolder)}`,
    `${words.map(quotedWord).join(" ")} >> ${log} 2>&1`,
  ];
  // A percent sign ends the command in a crontab.
  return `* * * * * ${commands.join(" && ").replaceAll("%", "\\%")}\n`;
}

function systemdUnit(words: readonly string[]): string {
  return `[Unit]
Description=Scheduler of ffe, the market-data lakehouse
After=network-online.target
Wants=network-online.target

[Service]
WorkingDirectory=${process.cwd().replaceAll("%", "%%")}
ExecStart=${words.map(systemdWord).join(" ")}
# Keys of providers, such as ALPHA_VANTAGE_API_KEY=...; a file that only you can read.
EnvironmentFile=-%h/.config/ffe.env
Restart=on-failure
RestartSec=10
# Tasks have 30 s to end when the scheduler is stopped.
TimeoutStopSec=60
KillMode=mixed

[Install]
WantedBy=default.target
`;
}

/** Percent and dollar signs mean something to systemd. */
function systemdWord(word: string): string {
  const escaped = word.replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /^[\w@%+=:,./-]+$/.test(word) ? escaped : `"${escaped.replaceAll(/["\\]/g, "\\$&")}"`;
}
