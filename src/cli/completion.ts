import type { Command } from "commander";

const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/**
 * The script with which a shell completes commands, options and choices.
 *
 * @param offered values to offer for options that take any text.
 */
export function completionScript(
  program: Command,
  shell: Shell,
  offered: ReadonlyMap<string, readonly string[]>,
): string {
  const entries = entriesOf(program, [], offered);
  switch (shell) {
    case "bash":
      return bashScript(entries, "complete -o default -F _ffe ffe");
    case "zsh":
      // Zsh reads bash's own form.
      return bashScript(
        entries,
        "autoload -Uz bashcompinit && bashcompinit\ncomplete -o default -F _ffe ffe",
      );
    case "fish":
      return fishScript(entries);
  }
}

/** A command, by the words that call it. */
interface Entry {
  readonly words: readonly string[];
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly EntryOption[];
}

interface EntryOption {
  readonly long: string | undefined;
  readonly description: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[] | undefined;
}

function entriesOf(
  command: Command,
  words: readonly string[],
  offered: ReadonlyMap<string, readonly string[]>,
): Entry[] {
  const help = command.createHelp();
  return [
    {
      words,
      commands: help
        .visibleCommands(command)
        .map((one) => ({ name: one.name(), description: one.description() })),
      options: help.visibleOptions(command).map((option) => ({
        long: option.long ?? undefined,
        description: option.description,
        takesValue: option.required || option.optional,
        choices: option.argChoices ?? offered.get(option.long ?? ""),
      })),
    },
    ...command.commands.flatMap((one) => entriesOf(one, [...words, one.name()], offered)),
  ];
}

function bashScript(entries: readonly Entry[], registration: string): string {
  const words = entries.map(
    ({ words: path, commands, options }) =>
      `    ${quoted(path.join(" "))}) words=${quoted([...commands.map(({ name }) => name), ...longNames(options)].join(" "))} ;;`,
  );
  const choices = entries.flatMap(({ words: path, options }) =>
    options.flatMap(({ long, choices: values }) =>
      values === undefined || long === undefined
        ? []
        : [`    ${quoted(`${path.join(" ")} ${long}`.trim())}) words=${quoted(values.join(" "))} ;;`],
    ),
  );
  const known = entries.map(({ words: path }) => quoted(path.join(" "))).join("|");
  return `# ffe completion: eval "$(ffe completion bash)" (or zsh)
_ffe() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
      ${known}) path="\${path:+$path }$word" ;;
    esac
  done
  case "\${path:+$path }$previous" in
${choices.join("\n")}
  esac
  if [ -z "$words" ]; then
    case "$path" in
${words.join("\n")}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
${registration}
`;
}

function fishScript(entries: readonly Entry[]): string {
  const lines = entries.flatMap(({ words, commands, options }) => {
    const isHere = quoted(`__ffe_at ${words.join(" ")}`.trim());
    return [
      ...commands.map(
        ({ name, description }) =>
          `complete -c ffe -n ${isHere} -f -a ${quoted(name)} -d ${quoted(description)}`,
      ),
      ...options.flatMap(({ long, description, takesValue, choices }) => {
        if (long === undefined) return [];
        const takes = choices !== undefined ? ` -x -a ${quoted(choices.join(" "))}` : takesValue ? " -r" : "";
        return [`complete -c ffe -n ${isHere} -l ${long.slice(2)}${takes} -d ${quoted(description)}`];
      }),
    ];
  });
  const known = entries.map(({ words }) => quoted(words.join(" "))).join(" ");
  return `# ffe completion: ffe completion fish | source
function __ffe_at
  set -l path ''
  for word in (commandline -opc)[2..]
    set -l longer (string trim "$path $word")
    contains -- $longer ${known}; and set path $longer
  end
  test "$path" = "$argv"
end
${lines.join("\n")}
`;
}

function longNames(options: readonly EntryOption[]): string[] {
  return options.flatMap(({ long }) => long ?? []);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
