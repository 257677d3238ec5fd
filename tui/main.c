/* The program starts here: a verb is run by core/cli, no verb opens the console. */
#include <langinfo.h>
#include <locale.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/cli/cli.h"
#include "core/cli/out.h"
#include "tui/command.h"
#include "tui/loop.h"
#include "tui/signals.h"
#include "tui/term.h"

/* Credentials are in our memory: no core file, and no debugger of another process. */
static void harden(void)
{
    struct rlimit none = {0, 0};

    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    setrlimit(RLIMIT_CORE, &none);
}

/* True when characters beyond ASCII can be shown. A bastion may name a UTF-8 locale that is not
 * installed there; C.UTF-8 always is. */
static bool set_locale(void)
{
    bool wants_utf8 = text_is_utf8();

    if (setlocale(LC_CTYPE, "") == NULL && wants_utf8)
        setlocale(LC_CTYPE, "C.UTF-8");
    return wants_utf8 && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* The console's keys, which help and man page name though core knows no console. */
static const struct cli_key keys[] = {
#define KEY(name, keys, group, hint, help) {keys, help},
    COMMAND_LIST(KEY)
#undef KEY
        {NULL, NULL}};

/* The terminal is opened last and closed first, so every sentence reaches a sane screen. */
static enum err_code run_loop(const struct cli *cli, struct cache *cache,
                              const struct context_list *contexts, const struct err *notice,
                              bool is_utf8, struct err *err)
{
    struct loop_options options = {
        .console = {.cache = cache,
                    .contexts = contexts,
                    .is_cached = cli->is_cached,
                    .is_read_only = true, /* nothing here can write to AWS yet */
                    .is_utf8 = is_utf8 && !cli->is_ascii},
        .notice = notice->text,
        .iterations = cli->iterations,
    };
    enum err_code rc = term_open(options.console.is_utf8, err);

    if (rc)
        return rc;
    rc = loop_run(&options, err);
    term_close();
    signals_close(); /* not before: a second SIGTERM must not leave the terminal as it is */
    return rc;
}

static enum err_code open_console(struct cli *cli, bool is_utf8, struct err *err)
{
    struct cache_options cache_options = {0};
    struct context_list contexts;
    struct cache *cache = NULL;
    struct err notice = {0};
    enum err_code rc = context_list_load(&cli->contexts, &contexts, err);

    if (rc)
        return rc;
    rc = cache_open(&cache_options, &cache, &notice, err);
    if (rc == ERR_OK)
        cache_lease_scope(cache, context_list_hash(&contexts));
    if (rc == ERR_OK)
        rc = run_loop(cli, cache, &contexts, &notice, is_utf8, err);
    cache_close(cache);
    context_list_release(&contexts);
    return rc;
}

static int run_console(struct cli *cli, bool is_utf8)
{
    struct cli_demo *demo = NULL;
    struct err err;
    enum err_code rc = term_check(&err);

    if (rc == ERR_OK && cli->log_path != NULL)
        rc = log_open(cli->log_path, LOG_DEBUG, &err);
    if (rc == ERR_OK && cli->verb != NULL)
        rc = cli_demo_start(cli, &demo, &err);
    if (rc == ERR_OK)
        rc = open_console(cli, is_utf8, &err);
    cli_demo_stop(demo);
    log_close();
    return rc ? cli_fail(&err) : 0;
}

/* What the libraries would tidy up at exit goes with the process; only a build that looks for leaks
 * wants it done. */
static NORETURN void leave(int status)
{
#ifdef NDEBUG
    fflush(NULL);
    _exit(status);
#else
    exit(status);
#endif
}

int main(int argc, char **argv)
{
    static struct cli cli; /* some kilobytes of argument slots */
    bool is_done = false;
    struct err err;

    harden();
    cli_keys = keys;
    if (cli_parse(argc, argv, &cli, &is_done, &err))
        return cli_fail(&err);
    if (is_done)
        return 0;
    if (cli.verb != NULL && strcmp(cli.verb, "demo") != 0)
        leave(cli_run(&cli));
    return run_console(&cli, set_locale());
}
