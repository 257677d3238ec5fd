/* Whole scenarios of core, in one process, with one allocation failing: the first, the second, and
 * so on until none is left to fail.
 *
 * Promised each time: no crash, no leak (the sanitizers tell), no hang, ERR_LIMIT or a success that
 * did without, and afterwards the same scenario works and finds everything. A long scenario takes
 * its first allocations one by one and strides through the rest; the output says how far. */
#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/base/proc.h"
#include "core/base/time.h"
#include "core/sync/sync.h"
#include "core/views/scope.h"
#include "core/views/view.h"

enum {
    START_MS = 20 * 1000,
    BUDGET_MS = 30 * 1000,
    ONE_BY_ONE = 150,
    HANG_S = 20,
    PATH_SIZE = 256
};

static struct {
    char dir[64];
    char vars[6][PATH_SIZE];
    const char *list[7];
    struct proc sandbox;
} lab;

static const char *scenario_name = "";
static long failing;

int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

static void die(const char *sentence)
{
    fprintf(stderr, "torture-core: %s\n", sentence);
    exit(1);
}

static void on_alarm(int signo UNUSED)
{
    char text[160];
    int len = snprintf(text, sizeof text, "torture-core: %s hangs when allocation %ld fails\n",
                       scenario_name, failing);

    if (write(STDERR_FILENO, text, (size_t)len) < 0)
        _exit(2);
    _exit(1);
}

static const char *in_lab(const char *name)
{
    static char path[PATH_SIZE];

    snprintf(path, sizeof path, "%s/%s", lab.dir, name);
    return path;
}

static void empty_dir(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    char name[2 * PATH_SIZE];

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (unlink(name) != 0) {
            empty_dir(name);
            rmdir(name);
        }
    }
    if (dir != NULL)
        closedir(dir);
}

static void start_sandbox(char *program)
{
    static char config[PATH_SIZE];
    static char port[PATH_SIZE];
    char *argv[] = {program,
                    (char[]){"--step"},
                    (char[]){"--until-eof"},
                    (char[]){"--config-dir"},
                    config,
                    (char[]){"--port-file"},
                    port,
                    NULL};
    int64_t deadline = time_mono_ms() + START_MS;
    struct err err;
    int status;

    snprintf(config, sizeof config, "%s/aws", lab.dir);
    snprintf(port, sizeof port, "%s/port", lab.dir);
    if (proc_start(argv, PROC_WANT_INPUT, &lab.sandbox, &err))
        die(err.text);
    while (access(port, R_OK) != 0) {
        if (proc_has_ended(&lab.sandbox, &status) || time_mono_ms() > deadline)
            die("the sandbox does not start");
        usleep(5000);
    }
}

static void open_lab(char *sandbox)
{
    static const struct {
        const char *name;
        const char *below; /* the lab's directory */
    } vars[] = {
        {"HOME", ""},
        {"XDG_CONFIG_HOME", ""},
        {"AWS_CONFIG_FILE", "/aws/config"},
        {"AWS_SHARED_CREDENTIALS_FILE", "/aws/credentials"},
    };
    FILE *f = NULL;

    snprintf(lab.dir, sizeof lab.dir, "/tmp/penstock-torture-XXXXXX");
    if (mkdtemp(lab.dir) == NULL)
        die("cannot make a directory");
    for (size_t i = 0; i < ARRAY_LEN(vars); i++) {
        snprintf(lab.vars[i], PATH_SIZE, "%s=%s%s", vars[i].name, lab.dir, vars[i].below);
        lab.list[i] = lab.vars[i];
    }
    lab.list[ARRAY_LEN(vars)] = "AWS_MAX_ATTEMPTS=1";
    if (mkdir(in_lab("penstock"), 0700) != 0 || mkdir(in_lab("cache"), 0700) != 0 ||
        (f = fopen(in_lab("penstock/config"), "w")) == NULL)
        die("cannot fill the directory");
    fputs("[default]\ncontexts = dev@eu-west-1, prod@eu-west-1\ncalls_per_second = 0\n", f);
    fclose(f);
    start_sandbox(sandbox);
}

static void close_lab(void)
{
    proc_kill(&lab.sandbox);
    empty_dir(lab.dir);
    rmdir(lab.dir);
}

static enum err_code load_contexts(struct context_list *list, struct err *err)
{
    static const struct aws_env env = {.vars = lab.list};
    struct context_options options = {.env = &env};

    return context_list_load(&options, list, err);
}

static enum err_code contexts(struct err *err)
{
    struct context_list list;
    enum err_code rc = load_contexts(&list, err);
    size_t unusable = 0;

    if (rc)
        return rc;
    for (size_t i = 0; i < list.count; i++)
        unusable += list.items[i].code != ERR_OK;
    if (list.count != 2 || unusable > 1)
        rc = err_set(err, ERR_FAILED, "%zu contexts, %zu unusable", list.count, unusable);
    context_list_release(&list);
    return rc;
}

static enum err_code open_cache(struct cache **cache, bool is_read_only, struct err *err)
{
    char dir[PATH_SIZE];
    struct cache_options options = {.dir = dir, .is_read_only = is_read_only};

    snprintf(dir, sizeof dir, "%s", in_lab("cache"));
    return cache_open(&options, cache, NULL, err);
}

struct round {
    bool is_done;
    struct sync_result result;
};

static void on_done(void *owner, const struct sync_result *result)
{
    struct round *round = owner;

    round->result = *result;
    round->is_done = true;
}

static enum err_code run_round(struct net *net, struct aws *aws, struct cache *cache,
                               const struct context_list *list, struct err *err)
{
    struct sync_options options = {.contexts = list};
    struct round round = {0};
    struct sync *sync = NULL;
    enum err_code rc = sync_start(aws, cache, &options, on_done, &round, &sync, err);

    while (rc == ERR_OK && !round.is_done)
        rc = net_wait(net, NULL, 0, -1, err);
    if (rc == ERR_OK && round.result.code) {
        *err = round.result.err;
        rc = round.result.code;
    }
    sync_stop(sync);
    return rc;
}

static enum err_code count_rows(struct cache *cache, struct err *err)
{
    struct cache_counts counts;
    enum err_code rc = cache_count(cache, &counts, err);

    if (rc == ERR_OK && counts.total != 4)
        rc = err_set(err, ERR_FAILED, "%lld rows instead of 4", (long long)counts.total);
    return rc;
}

/* What `penstock sync` does, without printing. */
static enum err_code sync_all(struct err *err)
{
    struct context_list list = {0};
    struct cache *cache = NULL;
    struct net *net = NULL;
    struct aws *aws = NULL;
    enum err_code rc = load_contexts(&list, err);

    if (rc)
        return rc;
    for (size_t i = 0; i < list.count && rc == ERR_OK; i++) {
        rc = list.items[i].code;
        if (rc)
            *err = list.items[i].err;
    }
    if (rc == ERR_OK)
        rc = open_cache(&cache, false, err);
    if (rc == ERR_OK)
        rc = net_open(&net, err);
    if (rc == ERR_OK)
        rc = aws_new(net, &aws, err);
    if (rc == ERR_OK) {
        aws_set_pace(aws, list.pace);
        rc = run_round(net, aws, cache, &list, err);
    }
    if (rc == ERR_OK)
        rc = count_rows(cache, err);
    aws_free(aws);
    net_close(net);
    cache_close(cache);
    context_list_release(&list);
    return rc;
}

static bool see_step(void *owner, const struct transition *t)
{
    *(int64_t *)owner = t->seq;
    return true;
}

static enum err_code read_details(struct cache *cache, int64_t rowid, struct err *err)
{
    struct cache_pipeline pipeline;
    struct arena arena;
    enum err_code rc;

    arena_init(&arena, 16UL << 20);
    rc = cache_get_pipeline(cache, rowid, &arena, &pipeline, err);
    arena_release(&arena);
    return rc;
}

struct sight {
    int64_t rowids[16];
    size_t count;
};

static bool see_row(void *owner, const struct pipeline_row *row)
{
    struct sight *sight = owner;

    if (sight->count < ARRAY_LEN(sight->rowids))
        sight->rowids[sight->count++] = row->rowid;
    return true;
}

static enum err_code read_rows(struct cache *cache, struct sight *sight, struct err *err)
{
    static const struct pipeline_query queries[] = {
        {.sort = SORT_ATTENTION},
        {.sort = SORT_NAME, .filter = {"lake", 4}},
        {.sort = SORT_STATUS, .filter = {"lake", 4}, .filter_inverse = true, .limit = 2},
    };
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < ARRAY_LEN(queries) && rc == ERR_OK; i++)
        rc = cache_pipelines(cache, &queries[i], see_row, sight, err);
    return rc;
}

/* What `penstock status --cached` and the console's first screen read. */
static enum err_code read_all(struct err *err)
{
    struct sight sight = {0};
    struct context_list list = {0};
    struct cache *cache = NULL;
    struct scope scope;
    int64_t seq = 0;
    enum err_code rc = load_contexts(&list, err);

    if (rc)
        return rc;
    rc = open_cache(&cache, true, err);
    if (rc == ERR_OK)
        rc = scope_load(cache, &list, &scope, err);
    if (rc == ERR_OK) {
        rc = read_rows(cache, &sight, err);
        scope_release(&scope);
    }
    for (size_t i = 0; i < sight.count && rc == ERR_OK; i++)
        rc = read_details(cache, sight.rowids[i], err);
    if (rc == ERR_OK)
        rc = cache_transitions(cache, &(struct transition_query){0}, see_step, &seq, err);
    if (rc == ERR_OK)
        rc = count_rows(cache, err);
    cache_close(cache);
    context_list_release(&list);
    return rc;
}

static void keep_cache(void)
{
}

static void drop_cache(void)
{
    empty_dir(in_lab("cache"));
}

static const struct scenario {
    const char *name;
    enum err_code (*run)(struct err *err);
    void (*before)(void);
} scenarios[] = {
    {"contexts", contexts, keep_cache},
    {"the first sync", sync_all, drop_cache},
    {"a sync that changes nothing", sync_all, keep_cache},
    {"reading", read_all, keep_cache},
};

struct tally {
    long runs;
    long limits;
    long fine;
    long wrong;
};

/* Everything but what one allocation of ours can explain is wrong. */
static void judge(struct tally *tally, long n, enum err_code rc, const struct err *err)
{
    tally->runs++;
    if (rc == ERR_OK)
        tally->fine++;
    else if (rc == ERR_LIMIT)
        tally->limits++;
    else if (++tally->wrong <= 5)
        fprintf(stderr, "%s, allocation %ld: error %d: %s\n", scenario_name, n, (int)rc, err->text);
}

static enum err_code run_once(const struct scenario *s, long n, bool *is_through, struct err *err)
{
    enum err_code rc;

    s->before();
    failing = n;
    alarm(HANG_S);
    mem_fail_at(n);
    rc = s->run(err);
    *is_through = mem_count() < n;
    alarm(0);
    return rc;
}

static void run_clean(const struct scenario *s, long after)
{
    struct err err = {0};
    bool is_through;

    if (run_once(s, 0, &is_through, &err) == ERR_OK)
        return;
    fprintf(stderr, "torture-core: %s fails with nothing failing (after allocation %ld): %s\n",
            s->name, after, err.text);
    exit(1);
}

static long torture(const struct scenario *s)
{
    struct tally tally = {0};
    struct err err = {0};
    bool is_through = false;
    int64_t begin;
    int64_t once_ms;
    long total;
    long stride = 1;

    scenario_name = s->name;
    run_clean(s, 0); /* whatever is made once in a process is made now */
    begin = time_mono_ms();
    run_clean(s, 0);
    once_ms = time_mono_ms() - begin;
    total = mem_count();
    /* An odd stride, so that it does not fall into step with a loop of the code. */
    if ((total - ONE_BY_ONE) * (once_ms + 1) > BUDGET_MS)
        stride = ((total - ONE_BY_ONE) * (once_ms + 1) / BUDGET_MS) | 1;
    for (long n = 1; !is_through && time_mono_ms() - begin < 2 * BUDGET_MS;
         n += n < ONE_BY_ONE ? 1 : stride) {
        enum err_code rc;

        err = (struct err){0};
        rc = run_once(s, n, &is_through, &err);
        mem_fail_at(0);
        if (!is_through)
            judge(&tally, n, rc, &err);
    }
    run_clean(s, total);
    if (__lsan_do_recoverable_leak_check != NULL && __lsan_do_recoverable_leak_check() != 0)
        tally.wrong++;
    printf("%s: some %ld allocations, %ld failed in turn (each of the first %d, then every %ld)%s: "
           "%ld told ERR_LIMIT, %ld did without, %ld wrong\n",
           s->name, total, tally.runs, ONE_BY_ONE, stride,
           is_through ? "" : ", not to the end for want of time", tally.limits, tally.fine,
           tally.wrong);
    fflush(stdout);
    return tally.wrong;
}

/* One failure again, to look at: torture-core SANDBOX SCENARIO N. */
static long repeat(const char *name, long n)
{
    struct tally tally = {0};
    struct err err = {0};
    bool is_through;

    for (size_t i = 0; i < ARRAY_LEN(scenarios); i++) {
        scenario_name = scenarios[i].name;
        run_clean(&scenarios[i], 0);
        if (!sv_eq(sv_of(scenario_name), sv_of(name)))
            continue;
        judge(&tally, n, run_once(&scenarios[i], n, &is_through, &err), &err);
        mem_fail_at(0);
    }
    return tally.wrong;
}

int main(int argc, char **argv)
{
    long wrong = 0;

    if (argc != 2 && argc != 4)
        die("give me the sandbox's program");
    signal(SIGALRM, on_alarm);
    signal(SIGPIPE, SIG_IGN);
    open_lab(argv[1]);
    for (size_t i = 0; i < ARRAY_LEN(scenarios) && argc == 2; i++)
        wrong += torture(&scenarios[i]);
    if (argc == 4)
        wrong = repeat(argv[2], strtol(argv[3], NULL, 10));
    close_lab();
    return wrong > 0;
}
