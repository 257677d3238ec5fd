#include "core/cli/verb.h"

#include "core/base/log.h"
#include "core/cli/out.h"

const struct verb verb_table[VERB_COUNT] = {
#define VERB_ROW(name, word, arguments, least, most, run, help, more)                              \
    [VERB_##name] = {word, arguments, least, most, run, help, more},
    VERB_LIST(VERB_ROW)
#undef VERB_ROW
};

const struct option_row option_table[OPTION_COUNT] = {
#define OPTION_ROW(name, word, argument, verbs, help)                                              \
    [OPTION_##name] = {word, argument, verbs, help},
    OPTION_LIST(OPTION_ROW)
#undef OPTION_ROW
};

const struct cli_key *cli_keys;

enum verb_id verb_find(const char *word)
{
    if (word == NULL)
        return VERB_CONSOLE;
    for (size_t i = 0; i < VERB_COUNT; i++) {
        if (verb_table[i].word != NULL && strcmp(verb_table[i].word, word) == 0)
            return (enum verb_id)i;
    }
    return VERB_COUNT;
}

bool option_fits(enum option_id option, enum verb_id verb)
{
    return (option_table[option].verbs & ((uint64_t)1 << verb)) != 0;
}

int cli_refuse(const struct cli *cli, const struct err *err)
{
    int status = cli_fail(err);

    if (cli->format == CLI_JSON)
        out_tell_failure(status);
    return status;
}

int cli_run(struct cli *cli)
{
    const struct verb *verb = &verb_table[verb_find(cli->verb)];
    struct err err = {0};
    int status;

    if (cli->log_path != NULL && log_open(cli->log_path, LOG_DEBUG, &err))
        return cli_refuse(cli, &err);
    status = verb->run(cli);
    log_close();
    if (cli->format == CLI_JSON)
        out_tell_failure(status);
    return status;
}
