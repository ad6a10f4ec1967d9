import { Argument } from "commander";
import type { Command } from "commander";

import type { SetExitCode } from "./options.ts";
import type { Shell } from "../completion.ts";

/** The grammar of `ffe completion`. */
export function addCompletion(program: Command, setExitCode: SetExitCode): void {
  program
    .command("completion")
    .description('print a script that completes commands in a shell: eval "$(ffe completion bash)"')
    .addArgument(new Argument("<shell>", "which shell").choices(["bash", "zsh", "fish"]))
    .action(async (shell: Shell) => {
      const { completionScript } = await import("../completion.ts");
      const { writeOut } = await import("../output/write-out.ts");
      const { builtInProviders } = await import("../../providers/built-in-providers.ts");
      const names = ["auto", ...builtInProviders.map(({ name }) => name)];
      await writeOut(completionScript(program, shell, new Map([["--provider", names]])));
      setExitCode(0);
    });
}
