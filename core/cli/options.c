/* argv into struct cli. Options may stand before and behind the verb, as --name value or
 * --name=value; "--" ends them. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "core/cli/help.h"
#include "core/cli/out.h"
#include "core/cli/verb.h"

enum { NUMBER_MAX = 10 * 1000 * 1000 };

static const struct aws_env process_env;

/* Where the reading of argv stands. */
struct reader {
    int argc;
    char **argv;
    int at;
    struct cli *cli;
    bool given[OPTION_COUNT];
    bool only_words; /* behind "--" */
};

/* A descriptor 0-2 that was closed would be the next file we open: the cache, say, with our output
 * written into it. What stands in for it is made so that writing still fails and is told. */
static void guard_stdio(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
            open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) < 0)
            return;
    }
}

static enum err_code no_such_option(const char *word, size_t len, struct err *err)
{
    const char *near = suggest_option(word, len);

    if (near != NULL)
        return err_set(err, ERR_USAGE, "there is no option --%.*s; did you mean --%s?", (int)len,
                       word, near);
    return err_set(err, ERR_USAGE, "there is no option --%.*s; see penstock --help", (int)len,
                   word);
}

static enum err_code number(enum option_id id, const char *value, int *out, struct err *err)
{
    int64_t n;

    if (!sv_to_int(sv_of(value), &n) || n < 1 || n > NUMBER_MAX)
        return err_set(err, ERR_USAGE, "--%s takes a whole number from 1 to %d, not \"%s\"",
                       option_table[id].word, NUMBER_MAX, value);
    *out = (int)n;
    return ERR_OK;
}

static enum err_code add_context(struct cli *cli, const char *value, struct err *err)
{
    if (cli->contexts.context_count == CLI_CONTEXT_MAX)
        return err_set(err, ERR_USAGE, "at most %d contexts may be given", CLI_CONTEXT_MAX);
    cli->context_items[cli->contexts.context_count++] = sv_of(value);
    return ERR_OK;
}

const char *cli_option(const struct cli *cli, enum option_id option)
{
    return cli->options[option];
}

/* Behind `env add` an environment's profile and region are meant, not those of the caller. */
static bool is_of_environment(const struct cli *cli)
{
    return verb_find(cli->verb) == VERB_ENV && cli->arg_count > 0 &&
           (strcmp(cli->args[0], "add") == 0 || strcmp(cli->args[0], "edit") == 0);
}

static enum err_code add_policy(struct cli *cli, const char *value, struct err *err)
{
    if (cli->policy_count == CLI_POLICY_MAX)
        return err_set(err, ERR_USAGE, "at most %d policies may be given", CLI_POLICY_MAX);
    cli->policies[cli->policy_count++] = value;
    return ERR_OK;
}

static enum err_code add_word(enum option_id id, struct cli_pairs *pairs, const char *value,
                              struct err *err)
{
    if (pairs->count == CLI_PAIR_MAX)
        return err_set(err, ERR_USAGE, "at most %d of --%s may be given", CLI_PAIR_MAX,
                       option_table[id].word);
    pairs->items[pairs->count++] = value;
    return ERR_OK;
}

static enum err_code add_pair(enum option_id id, struct cli_pairs *pairs, const char *value,
                              struct err *err)
{
    const char *equals = strchr(value, '=');

    if (equals == NULL || equals == value)
        return err_set(err, ERR_USAGE, "--%s takes %s, not \"%s\"", option_table[id].word,
                       option_table[id].argument, value);
    return add_word(id, pairs, value, err);
}

static enum err_code take(struct cli *cli, enum option_id id, const char *value, struct err *err)
{
    cli->options[id] = value == NULL ? "" : value;
    switch (id) {
    case OPTION_PROFILE:
        if (is_of_environment(cli))
            cli->env_profile = value;
        else
            cli->contexts.aws.profile = sv_of(value);
        return ERR_OK;
    case OPTION_REGION:
        if (is_of_environment(cli))
            cli->env_region = value;
        else
            cli->contexts.aws.region = sv_of(value);
        return ERR_OK;
    case OPTION_POLICY:
        return add_policy(cli, value, err);
    case OPTION_REVISION:
        return add_pair(id, &cli->revisions, value, err);
    case OPTION_VAR:
        return add_pair(id, &cli->variables, value, err);
    case OPTION_SKIP:
        return add_word(id, &cli->skipped, value, err);
    case OPTION_CONTEXT:
        return add_context(cli, value, err);
    case OPTION_ENDPOINT_URL:
        cli->contexts.aws.endpoint_url = sv_of(value);
        return ERR_OK;
    case OPTION_CACHED:
        cli->is_cached = true;
        return ERR_OK;
    case OPTION_REFRESH:
        cli->is_refresh = true;
        return ERR_OK;
    case OPTION_JSON:
        cli->format = CLI_JSON;
        return ERR_OK;
    case OPTION_PLAIN:
        cli->format = CLI_PLAIN;
        return ERR_OK;
    case OPTION_TIMEOUT:
        return number(id, value, &cli->timeout_s, err);
    case OPTION_READ_ONLY:
        cli->is_read_only = true;
        return ERR_OK;
    case OPTION_ASCII:
        cli->is_ascii = true;
        return ERR_OK;
    case OPTION_LINEAR:
        cli->is_linear = true;
        return ERR_OK;
    case OPTION_LOW_BANDWIDTH:
        cli->is_low_bandwidth = true;
        return ERR_OK;
    case OPTION_THEME:
        cli->theme = value;
        return ERR_OK;
    case OPTION_LOG:
        cli->log_path = value;
        return ERR_OK;
    case OPTION_ITERATIONS:
        return number(id, value, &cli->iterations, err);
    case OPTION_FOLLOW:
    case OPTION_EXECUTION:
    case OPTION_TIMESTAMPS:
    case OPTION_FILE:
    case OPTION_TEMPLATE:
    case OPTION_TEMPLATE_DIR:
    case OPTION_USE_EXISTING:
    case OPTION_APPLICATIONS:
    case OPTION_DELETE_REPOSITORY:
    case OPTION_KIND:
    case OPTION_ACCOUNT:
    case OPTION_ROLE_ARN:
    case OPTION_EXTERNAL_ID:
    case OPTION_STAGE:
    case OPTION_TEAM:
    case OPTION_BOUNDARY:
    case OPTION_DIALECT:
    case OPTION_QUALIFIER:
    case OPTION_DDK_PREFIX:
    case OPTION_TRUST:
    case OPTION_EVENTS:
    case OPTION_DRIFT:
    case OPTION_FROM:
    case OPTION_ABANDON:
    case OPTION_ALL_ACTIONS:
    case OPTION_REASON:
    case OPTION_COMMENT:
    case OPTION_DRY_RUN:
    case OPTION_YES:
    case OPTION_CONFIRM:
    case OPTION_WAIT:
    case OPTION_NO_WAIT:
    case OPTION_EXPORTS:
    case OPTION_LIMIT:
    case OPTION_COMPARE:
    case OPTION_SINCE:
    case OPTION_VERIFY:
    case OPTION_DAYS:
    case OPTION_EXPORT:
    case OPTION_HELP:
    case OPTION_VERSION:
    case OPTION_COUNT:
        break;
    }
    return ERR_OK;
}

static enum err_code read_option(struct reader *r, struct err *err)
{
    const char *word = r->argv[r->at] + 2;
    const char *equals = strchr(word, '=');
    size_t len = equals != NULL ? (size_t)(equals - word) : strlen(word);
    const char *value = equals != NULL ? equals + 1 : NULL;
    size_t id = 0;

    while (id < OPTION_COUNT && !sv_eq(sv_of(option_table[id].word), sv_make(word, len)))
        id++;
    if (id == OPTION_COUNT)
        return no_such_option(word, len, err);
    if (option_table[id].argument == NULL && value != NULL)
        return err_set(err, ERR_USAGE, "--%s takes no value", option_table[id].word);
    if (option_table[id].argument != NULL && value == NULL) {
        if (r->at + 1 >= r->argc)
            return err_set(err, ERR_USAGE, "--%s needs a value: --%s %s", option_table[id].word,
                           option_table[id].word, option_table[id].argument);
        value = r->argv[++r->at];
    }
    if (value != NULL && value[0] == '\0' && !is_of_environment(r->cli))
        return err_set(err, ERR_USAGE, "--%s needs a value that is not empty",
                       option_table[id].word);
    r->given[id] = true;
    return take(r->cli, (enum option_id)id, value, err);
}

static enum err_code read_word(struct reader *r, struct err *err)
{
    char *word = r->argv[r->at];
    const char *near;

    if (r->cli->verb != NULL) {
        if (r->cli->arg_count == CLI_ARG_MAX)
            return err_set(err, ERR_USAGE, "at most %d names may be given", CLI_ARG_MAX);
        r->cli->args[r->cli->arg_count++] = word;
        return ERR_OK;
    }
    if (verb_find(word) != VERB_COUNT) {
        r->cli->verb = word;
        return ERR_OK;
    }
    near = suggest_verb(word);
    if (near != NULL)
        return err_set(err, ERR_USAGE, "there is no verb \"%s\"; did you mean %s?", word, near);
    return err_set(err, ERR_USAGE, "there is no verb \"%s\"; see penstock --help", word);
}

static enum err_code read_one(struct reader *r, struct err *err)
{
    const char *word = r->argv[r->at];

    if (r->only_words || word[0] != '-' || word[1] == '\0')
        return read_word(r, err);
    if (strcmp(word, "--") == 0) {
        r->only_words = true;
        return ERR_OK;
    }
    if (word[1] == '-')
        return read_option(r, err);
    if (strcmp(word, "-f") == 0 && verb_find(r->cli->verb) == VERB_LOGS) {
        r->given[OPTION_FOLLOW] = true;
        return take(r->cli, OPTION_FOLLOW, NULL, err);
    }
    if (strcmp(word, "-f") == 0) {
        if (r->at + 1 >= r->argc)
            return err_set(err, ERR_USAGE, "-f needs a value: -f FILE");
        r->given[OPTION_FILE] = true;
        return take(r->cli, OPTION_FILE, r->argv[++r->at], err);
    }
    if (strcmp(word, "-h") == 0)
        r->given[OPTION_HELP] = true;
    else if (strcmp(word, "-V") == 0)
        r->given[OPTION_VERSION] = true;
    else
        return err_set(err, ERR_USAGE, "there is no option %s; see penstock --help", word);
    return ERR_OK;
}

/* "penstock" alone, or "penstock VERB", for a sentence. */
static const char *called(enum verb_id verb)
{
    return verb_table[verb].word == NULL ? "the console" : verb_table[verb].word;
}

static enum err_code check(const struct reader *r, struct err *err)
{
    enum verb_id verb = verb_find(r->cli->verb);

    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (r->given[i] && !option_fits((enum option_id)i, verb))
            return err_set(err, ERR_USAGE, "%s does not take --%s", called(verb),
                           option_table[i].word);
    }
    if (r->given[OPTION_CACHED] && r->given[OPTION_REFRESH])
        return err_set(err, ERR_USAGE, "--cached and --refresh exclude each other");
    if (r->given[OPTION_JSON] && r->given[OPTION_PLAIN])
        return err_set(err, ERR_USAGE, "--json and --plain exclude each other");
    if (r->given[OPTION_WAIT] && r->given[OPTION_NO_WAIT])
        return err_set(err, ERR_USAGE, "--wait and --no-wait exclude each other");
    if ((verb == VERB_PLAN || verb == VERB_CREATE || verb == VERB_EDIT) && !r->given[OPTION_FILE])
        return err_set(err, ERR_USAGE, "%s needs the pipeline's file: penstock %s -f FILE",
                       called(verb), called(verb));
    if (r->cli->arg_count < verb_table[verb].least)
        return err_set(err, ERR_USAGE, "%s needs a name: penstock %s %s", called(verb),
                       called(verb), verb_table[verb].arguments);
    if (r->cli->arg_count > verb_table[verb].most)
        return err_set(err, ERR_USAGE, "%s does not take \"%s\"; see penstock help %s",
                       called(verb), r->cli->args[verb_table[verb].most], called(verb));
    return ERR_OK;
}

enum err_code cli_parse(int argc, char **argv, struct cli *out, bool *is_done, struct err *err)
{
    struct reader r = {.argc = argc, .argv = argv, .at = 1, .cli = out};
    enum err_code rc = ERR_OK;

    guard_stdio();
    signal(SIGPIPE, SIG_IGN);
    *out = (struct cli){0};
    *is_done = false;
    out->contexts.env = &process_env;
    out->contexts.contexts = out->context_items;
    for (; r.at < argc && !rc; r.at++)
        rc = read_one(&r, err);
    /* Who asked for JSON behind the wrong word is told so as well. */
    for (; rc && r.at < argc; r.at++) {
        if (strcmp(argv[r.at], "--json") == 0)
            out->format = CLI_JSON;
    }
    if (rc)
        return rc;
    if (r.given[OPTION_HELP] || r.given[OPTION_VERSION]) {
        *is_done = true;
        return r.given[OPTION_HELP] ? help_print(verb_find(out->verb), err) : version_print(err);
    }
    return check(&r, err);
}
