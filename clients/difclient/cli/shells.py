"""Completion in bash, zsh and fish: what click's own scripts get wrong of what we offer.

Imported, and so registered with click, when a shell asks. Click takes `--option=value` for one word
where bash takes it for three, and fish's script takes a comma in a value for its end.
"""

from __future__ import annotations

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
)


@add_completion_class
class Bash(BashComplete):
    """Bash, which splits words at "=", and puts what is offered behind the last one."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one that is completed, and that one."""
        words, begun = super().get_completion_args()
        if begun == "=":
            return words, ""
        if words and words[-1] == "=":
            del words[-1]
        return words, begun


class _WholeWords(ShellComplete):
    """A shell that puts what is offered in the place of the whole word, the option included."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        """What is offered for a word."""
        items = super().get_completions(args, incomplete)
        name, equals, _ = incomplete.partition("=")
        if equals and name.startswith("--"):
            for item in items:
                if item.type == "plain":
                    item.value = f"{name}={item.value}"
        return items


@add_completion_class
class Zsh(_WholeWords, ZshComplete):
    """Zsh."""


@add_completion_class
class Fish(_WholeWords, FishComplete):
    """Fish, by click's script, which splits at every comma; here only the first one counts."""

    source_template = """\
function %(complete_func)s
    set -l response (env %(complete_var)s=fish_complete COMP_WORDS=(commandline -cp) \
COMP_CWORD=(commandline -t) %(prog_name)s)

    for completion in $response
        set -l metadata (string split --max 1 "," $completion)

        if test $metadata[1] = "dir"
            __fish_complete_directories $metadata[2]
        else if test $metadata[1] = "file"
            __fish_complete_path $metadata[2]
        else if test $metadata[1] = "plain"
            echo $metadata[2]
        end
    end
end

complete --no-files --keep-order --command %(prog_name)s --arguments "(%(complete_func)s)"
"""
