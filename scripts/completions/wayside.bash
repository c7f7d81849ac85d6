# Completion of `wayside` for bash: commands, options, and the live names of devices, points, alarms and buses.
# Install as /usr/share/bash-completion/completions/wayside, or source it.
_wayside() {
  local IFS=$'\n' word quoted=() candidates=()
  COMPREPLY=()
  # The words as the program would get them: quotes and escapes taken off.
  for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
    word=${word#[\"\']}
    word=${word%[\"\']}
    quoted+=("${word//\\/}")
  done
  mapfile -t candidates < <(wayside complete -- "${quoted[@]}" 2>/dev/null)
  for word in "${candidates[@]}"; do
    # An alarm's name has blanks: outside of quotes they must be escaped.
    if [[ ${COMP_WORDS[COMP_CWORD]} == [\"\']* ]]; then
      COMPREPLY+=("$word")
    else
      COMPREPLY+=("$(printf '%q' "$word")")
    fi
  done
}
# Where nothing is known, files.
complete -o bashdefault -o default -F _wayside wayside
