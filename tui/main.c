/* The program starts here: a verb is run by core/cli, no verb opens the console. */
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/cli/cli.h"
#include "core/cli/out.h"
#include "tui/key_table.h"
#include "tui/linear.h"
#include "tui/loop.h"
#include "tui/signals.h"
#include "tui/term.h"
#include "tui/theme.h"

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

static enum err_code use_theme(struct config *config, const char *name, struct err *err)
{
    char names[120];

    if (name == NULL)
        return ERR_OK;
    if (theme_find(name) == NULL)
        return err_set(err, ERR_USAGE, "there is no theme \"%.24s\"; write %s", name,
                       theme_names(names, sizeof names));
    snprintf(config->theme, sizeof config->theme, "%s", name);
    return ERR_OK;
}

/* A screen reader or a terminal that cannot place text is served by sentences. */
static bool wants_linear(const struct cli *cli, const struct config *config)
{
    const char *asked = getenv("PENSTOCK_LINEAR");

    return cli->is_linear || config->is_linear || term_is_dumb() ||
           (asked != NULL && strcmp(asked, "1") == 0);
}

/* The terminal is opened last and closed first, so every sentence reaches a sane screen. */
static enum err_code run_screen(const struct loop_options *options, struct err *err)
{
    const struct config *config = options->console.config;
    struct term_options term = {.is_utf8 = options->console.is_utf8,
                                .theme = config->theme,
                                .has_mouse = config->has_mouse};
    int fd;
    /* Before the terminal: ncurses would leave it as it is when a signal ends us. */
    enum err_code rc = signals_open(&fd, err);

    if (rc == ERR_OK)
        rc = term_open(&term, err);
    if (rc)
        return rc;
    rc = loop_run(options, err);
    term_close();
    signals_close(); /* not before: a second SIGTERM must not leave the terminal as it is */
    return rc;
}

/* Who did not ask for ASCII should know why there are question marks. */
static struct err locale_notice(void)
{
    struct err notice = {0};

    snprintf(notice.text, sizeof notice.text,
             "the locale is not UTF-8, so signs are ASCII and names may show ?; set "
             "LC_ALL=C.UTF-8 if the terminal can do more");
    return notice;
}

static enum err_code open_console(struct cli *cli, const struct config *config, bool is_utf8,
                                  struct err *err)
{
    struct loop_options options = {.iterations = cli->iterations, .asked = &cli->contexts};
    struct cache_options cache_options = {0};
    struct context_list contexts;
    struct cache *cache = NULL;
    struct err notice = {0};
    enum err_code rc = context_list_load(&cli->contexts, &contexts, err);

    if (rc)
        return rc;
    rc = cache_open(&cache_options, &cache, &notice, err);
    if (rc == ERR_OK) {
        cache_lease_scope(cache, context_list_hash(&contexts));
        if (notice.text[0] == '\0' && !is_utf8 && !cli->is_ascii && !config->is_ascii)
            notice = locale_notice();
        options.notice = notice.text;
        options.console = (struct console_options){
            .cache = cache,
            .contexts = &contexts,
            .config = config,
            .is_cached = cli->is_cached,
            .is_read_only = cli->is_read_only || contexts.is_read_only,
            .is_utf8 = is_utf8 && !cli->is_ascii && !config->is_ascii,
            .is_low_bandwidth = cli->is_low_bandwidth || config->is_low_bandwidth};
        rc = wants_linear(cli, config) ? linear_run(&options, err) : run_screen(&options, err);
    }
    cache_close(cache);
    context_list_release(&contexts);
    return rc;
}

static int run_console(struct cli *cli, bool is_utf8)
{
    static struct config config; /* some kilobytes of bindings */
    struct cli_demo *demo = NULL;
    enum err_code rc;
    struct err err;

    config_load(&cli->contexts, &config);
    rc = use_theme(&config, cli->theme, &err);
    if (rc == ERR_OK && !wants_linear(cli, &config))
        rc = term_check(&err);
    if (rc == ERR_OK && cli->log_path != NULL)
        rc = log_open(cli->log_path, LOG_DEBUG, &err);
    if (rc == ERR_OK && cli->verb != NULL)
        rc = cli_demo_start(cli, &demo, &err);
    if (rc == ERR_OK)
        rc = open_console(cli, &config, is_utf8, &err);
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
    cli_keys = key_table();
    if (cli_parse(argc, argv, &cli, &is_done, &err))
        return cli_refuse(&cli, &err);
    if (is_done)
        return 0;
    if (cli.verb != NULL && strcmp(cli.verb, "demo") != 0)
        leave(cli_run(&cli));
    return run_console(&cli, set_locale());
}
