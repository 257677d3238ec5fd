/* Completion scripts, made from the lists of verbs and options. Names of pipelines come from the
 * cache, so that the Tab key never waits for the network. */
#include "core/cli/help.h"
#include "core/cli/out.h"

static const char names_command[] = "penstock status --cached --plain 2>/dev/null | cut -f1";

typedef enum err_code script_fn(struct sb *out, struct err *err);

static bool takes_names(const struct verb *verb)
{
    return strstr(verb->arguments, "NAME") != NULL;
}

static bool is_file(enum option_id id)
{
    return id == OPTION_LOG;
}

/* Every verb's word and a blank. */
static enum err_code add_verb_words(struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < VERB_COUNT && !rc; i++) {
        if (verb_table[i].word != NULL && verb_table[i].help != NULL)
            rc = sb_addf(out, err, "%s ", verb_table[i].word);
    }
    return rc;
}

static enum err_code add_option_words(struct sb *out, enum verb_id verb, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < OPTION_COUNT && !rc; i++) {
        if (option_fits((enum option_id)i, verb))
            rc = sb_addf(out, err, "--%s ", option_table[i].word);
    }
    return rc;
}

/* ---- bash ---- */

static enum err_code bash_case(struct sb *out, enum verb_id id, struct err *err)
{
    const struct verb *verb = &verb_table[id];
    enum err_code rc =
        sb_addf(out, err, "        %s) options=\"", verb->word == NULL ? "\"\"" : verb->word);

    if (rc == ERR_OK)
        rc = add_option_words(out, id, err);
    if (rc == ERR_OK)
        rc = sb_add(out, SV("\""), err);
    if (rc == ERR_OK && takes_names(verb))
        rc = sb_addf(out, err, "; words=\"$(%s)\"", names_command);
    if (rc == ERR_OK && id == VERB_COMPLETION)
        rc = sb_add(out, SV("; words=\"bash zsh fish\""), err);
    if (rc == ERR_OK && (id == VERB_HELP || id == VERB_CONSOLE)) {
        rc = sb_add(out, SV("; words=\""), err);
        if (rc == ERR_OK)
            rc = add_verb_words(out, err);
        if (rc == ERR_OK && id == VERB_HELP)
            rc = sb_add(out, SV(HELP_KEYS), err);
        if (rc == ERR_OK)
            rc = sb_add(out, SV("\""), err);
    }
    return rc ? rc : sb_add(out, SV(" ;;\n"), err);
}

static enum err_code bash_skips(struct sb *out, struct err *err)
{
    bool is_first = true;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < OPTION_COUNT && !rc; i++) {
        if (option_table[i].argument == NULL)
            continue;
        rc = sb_addf(out, err, "%s--%s", is_first ? "" : "|", option_table[i].word);
        is_first = false;
    }
    return rc;
}

/* The line is split anew: bash divides words before '@' and behind '=', and replaces only what
 * follows. A name goes through no expansion, and one that is none for AWS is not offered, because
 * whoever can name a pipeline could else run a command here. */
static const char bash_head[] =
    "_penstock() {\n"
    "    local line=\"${COMP_LINE:0:COMP_POINT}\" cur kept word i\n"
    "    local verb=\"\" words=\"\" options=\"\"\n"
    "    local -a typed offered\n"
    "    read -ra typed <<<\"$line\"\n"
    "    cur=\"${line##*[[:space:]]}\"\n"
    "    kept=\"${cur%\"${cur##*[@=]}\"}\"\n"
    "    kept=\"${kept%@}\"\n"
    "    [[ -n \"$cur\" ]] && unset 'typed[-1]'\n"
    "    COMPREPLY=()\n"
    "    if [[ \"${typed[-1]}\" == --log || \"$cur\" == --log=* ]]; then\n"
    "        COMPREPLY=($(compgen -f -- \"${cur#--log=}\"))\n"
    "        return\n"
    "    fi\n"
    "    for ((i = 1; i < ${#typed[@]}; i++)); do\n"
    "        case \"${typed[i]}\" in\n"
    "        ";

static const char bash_middle[] = ") ((++i < ${#typed[@]})) || return 0 ;;\n"
                                  "        -*) ;;\n"
                                  "        *) verb=\"${typed[i]}\"; break ;;\n"
                                  "        esac\n"
                                  "    done\n"
                                  "    case \"$verb\" in\n";

static const char bash_tail[] = "    esac\n"
                                "    [[ \"$cur\" == -* ]] && words=\"$options\"\n"
                                "    read -rd '' -a offered <<<\"$words\"\n"
                                "    for word in \"${offered[@]}\"; do\n"
                                "        [[ \"$word\" == *[!A-Za-z0-9.@_-]* ]] && continue\n"
                                "        [[ \"$word\" == \"$cur\"* ]] &&\n"
                                "            COMPREPLY+=(\"${word#\"$kept\"}\")\n"
                                "    done\n"
                                "    return 0\n"
                                "}\n"
                                "complete -F _penstock penstock\n";

static enum err_code bash(struct sb *out, struct err *err)
{
    enum err_code rc = sb_add(out, sv_of(bash_head), err);

    if (rc == ERR_OK)
        rc = bash_skips(out, err);
    if (rc == ERR_OK)
        rc = sb_add(out, sv_of(bash_middle), err);
    for (size_t i = 0; i < VERB_COUNT && !rc; i++) {
        if (verb_table[i].help != NULL)
            rc = bash_case(out, (enum verb_id)i, err);
    }
    return rc ? rc : sb_add(out, sv_of(bash_tail), err);
}

/* ---- zsh ---- */

/* Between single quotes, where brackets and colons have a meaning to _arguments. */
static enum err_code zsh_text(struct sb *out, const char *text, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (; *text != '\0' && !rc; text++) {
        if (*text == '\'')
            rc = sb_add(out, SV("'\\''"), err);
        else if (strchr("[]:\\", *text) != NULL)
            rc = sb_addf(out, err, "\\%c", *text);
        else
            rc = sb_addc(out, *text, err);
    }
    return rc;
}

static enum err_code zsh_options(struct sb *out, enum verb_id verb, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < OPTION_COUNT && !rc; i++) {
        const struct option_row *row = &option_table[i];

        if (!option_fits((enum option_id)i, verb))
            continue;
        rc = sb_addf(out, err, " \\\n            '%s--%s%s[", i == OPTION_CONTEXT ? "*" : "",
                     row->word, row->argument != NULL ? "=" : "");
        if (rc == ERR_OK)
            rc = zsh_text(out, row->help, err);
        if (rc == ERR_OK)
            rc = sb_add(out, SV("]"), err);
        if (rc == ERR_OK && row->argument != NULL)
            rc = sb_addf(out, err, ":%s:%s", row->argument,
                         is_file((enum option_id)i) ? "_files" : "");
        if (rc == ERR_OK)
            rc = sb_add(out, SV("'"), err);
    }
    return rc;
}

static enum err_code zsh_case(struct sb *out, enum verb_id id, struct err *err)
{
    const struct verb *verb = &verb_table[id];
    enum err_code rc = sb_addf(out, err, "        %s) _arguments", verb->word);

    if (rc == ERR_OK)
        rc = zsh_options(out, id, err);
    if (rc == ERR_OK && takes_names(verb))
        rc = sb_add(out, SV(" \\\n            '*:name:_penstock_names'"), err);
    if (rc == ERR_OK && id == VERB_COMPLETION)
        rc = sb_add(out, SV(" \\\n            '1:shell:(bash zsh fish)'"), err);
    if (rc == ERR_OK && id == VERB_HELP)
        rc = sb_add(out, SV(" \\\n            '1:verb:{_penstock_verbs; compadd " HELP_KEYS "}'"),
                    err);
    return rc ? rc : sb_add(out, SV(" ;;\n"), err);
}

static enum err_code zsh_verbs(struct sb *out, struct err *err)
{
    enum err_code rc = sb_add(out, SV("_penstock_verbs() {\n    local -a verbs=(\n"), err);

    for (size_t i = 0; i < VERB_COUNT && !rc; i++) {
        if (verb_table[i].word == NULL || verb_table[i].help == NULL)
            continue;
        rc = sb_addf(out, err, "        '%s:", verb_table[i].word);
        if (rc == ERR_OK)
            rc = zsh_text(out, verb_table[i].help, err);
        if (rc == ERR_OK)
            rc = sb_add(out, SV("'\n"), err);
    }
    return rc ? rc : sb_add(out, SV("    )\n    _describe verb verbs\n}\n"), err);
}

static enum err_code zsh(struct sb *out, struct err *err)
{
    enum err_code rc = sb_addf(out, err,
                               "#compdef penstock\n"
                               "_penstock_names() {\n"
                               "    local -a names=(${(f)\"$(%s)\"})\n"
                               "    compadd -a names\n}\n",
                               names_command);

    if (rc == ERR_OK)
        rc = zsh_verbs(out, err);
    if (rc == ERR_OK)
        rc = sb_add(out,
                    SV("_penstock() {\n    local state line\n    typeset -A opt_args\n"
                       "    _arguments -C"),
                    err);
    if (rc == ERR_OK)
        rc = zsh_options(out, VERB_CONSOLE, err);
    if (rc == ERR_OK)
        rc = sb_add(out,
                    SV(" \\\n            '1:verb:_penstock_verbs' '*::argument:->rest'\n"
                       "    [[ $state == rest ]] || return\n"
                       "    case $line[1] in\n"),
                    err);
    for (size_t i = 0; i < VERB_COUNT && !rc; i++) {
        if (verb_table[i].word != NULL && verb_table[i].help != NULL)
            rc = zsh_case(out, (enum verb_id)i, err);
    }
    return rc ? rc
              : sb_add(out,
                       SV("    esac\n}\n"
                          "if [ \"$funcstack[1]\" = \"_penstock\" ]; then _penstock \"$@\"; "
                          "else compdef _penstock penstock; fi\n"),
                       err);
}

/* ---- fish ---- */

static enum err_code fish_text(struct sb *out, const char *text, struct err *err)
{
    enum err_code rc = sb_add(out, SV("'"), err);

    for (; *text != '\0' && !rc; text++)
        rc = *text == '\'' || *text == '\\' ? sb_addf(out, err, "\\%c", *text)
                                            : sb_addc(out, *text, err);
    return rc ? rc : sb_add(out, SV("'\n"), err);
}

/* The condition under which an option is offered: any of its verbs was typed, or none for the
 * console's. */
static enum err_code fish_condition(struct sb *out, enum option_id id, struct err *err)
{
    enum err_code rc = ERR_OK;

    if (option_table[id].verbs == ON_ALL)
        return ERR_OK;
    rc = sb_add(out, SV(" -n '"), err);
    if (rc == ERR_OK && option_fits(id, VERB_CONSOLE))
        rc = sb_add(out, SV("__fish_use_subcommand; or "), err);
    if (rc == ERR_OK)
        rc = sb_add(out, SV("__fish_seen_subcommand_from"), err);
    for (size_t i = 0; i < VERB_COUNT && !rc; i++) {
        if (verb_table[i].word != NULL && option_fits(id, (enum verb_id)i))
            rc = sb_addf(out, err, " %s", verb_table[i].word);
    }
    return rc ? rc : sb_add(out, SV("'"), err);
}

static enum err_code fish_option(struct sb *out, enum option_id id, struct err *err)
{
    const struct option_row *row = &option_table[id];
    enum err_code rc = sb_addf(out, err, "complete -c penstock -l %s%s", row->word,
                               row->argument == NULL ? ""
                               : is_file(id)         ? " -r -F"
                                                     : " -x");

    if (rc == ERR_OK)
        rc = fish_condition(out, id, err);
    if (rc == ERR_OK)
        rc = sb_add(out, SV(" -d "), err);
    return rc ? rc : fish_text(out, row->help, err);
}

static enum err_code fish_arguments(struct sb *out, enum verb_id id, struct err *err)
{
    const struct verb *verb = &verb_table[id];

    if (takes_names(verb))
        return sb_addf(out, err,
                       "complete -c penstock -n '__fish_seen_subcommand_from %s' -a '(%s)'\n",
                       verb->word, names_command);
    if (id == VERB_HELP)
        return sb_addf(out, err, "complete -c penstock -n '__fish_seen_subcommand_from %s' -a %s\n",
                       verb->word, HELP_KEYS);
    if (id == VERB_COMPLETION)
        return sb_addf(
            out, err,
            "complete -c penstock -n '__fish_seen_subcommand_from %s' -a 'bash zsh fish'\n",
            verb->word);
    return ERR_OK;
}

static enum err_code fish(struct sb *out, struct err *err)
{
    enum err_code rc = sb_add(out, SV("complete -c penstock -f\n"), err);

    for (size_t i = 0; i < VERB_COUNT && !rc; i++) {
        if (verb_table[i].word == NULL || verb_table[i].help == NULL)
            continue;
        rc = sb_addf(out, err, "complete -c penstock -n __fish_use_subcommand -a %s -d ",
                     verb_table[i].word);
        if (rc == ERR_OK)
            rc = fish_text(out, verb_table[i].help, err);
        if (rc == ERR_OK)
            rc = fish_arguments(out, (enum verb_id)i, err);
    }
    for (size_t i = 0; i < OPTION_COUNT && !rc; i++)
        rc = fish_option(out, (enum option_id)i, err);
    return rc;
}

/* ---- the verb ---- */

static const struct {
    const char *name;
    script_fn *write;
} shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};

int run_completion(struct cli *cli)
{
    struct err err = {0};
    struct out out;

    for (size_t i = 0; i < ARRAY_LEN(shells); i++) {
        if (strcmp(shells[i].name, cli->args[0]) != 0)
            continue;
        out_init(&out);
        if (shells[i].write(&out.text, &err) == ERR_OK)
            return out_end(&out, 0);
        out_release(&out);
        return cli_fail(&err);
    }
    err_set(&err, ERR_USAGE, "completion is for bash, zsh or fish, not \"%s\"", cli->args[0]);
    return cli_fail(&err);
}
