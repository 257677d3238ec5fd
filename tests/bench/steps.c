#include "drive.h"

#include <spawn.h>
#include <sys/wait.h>

#include "core/base/text.h"

extern char **environ;

enum { KEYS_MAX = 4096, KEY_LIMIT_MS = 300, RUN_LIMIT_MS = 5000, WORDS_MAX = 3 };

/* When a program counts as busy, and for how long it must not be so. */
enum { PEAK_LOOK_MS = 50, PEAK_WORK_NS = 500000 };
static const int64_t PEAK_LEAST_NS = 1500000000;
static const int64_t PEAK_CALM_NS = 1500000000;

static const struct {
    const char *name;
    const char *bytes;
} named_keys[] = {
    /* As after smkx, which every ncurses program sends. */
    {"Down", "\033OB"},  {"Up", "\033OA"}, {"PgDn", "\033[6~"},
    {"PgUp", "\033[5~"}, {"Enter", "\r"},  {"Esc", "\033"},
};

static const char *key_bytes(struct sv name)
{
    static char one[8];

    for (size_t i = 0; i < ARRAY_LEN(named_keys); i++) {
        if (sv_eq(name, sv_of(named_keys[i].name)))
            return named_keys[i].bytes;
    }
    if (name.len == 2 && name.ptr[0] == '^')
        snprintf(one, sizeof one, "%c", name.ptr[1] & 31);
    else
        snprintf(one, sizeof one, SV_FMT, SV_ARG(name));
    return one;
}

static void put(const char *name, const char *what, double value)
{
    char key[128];

    snprintf(key, sizeof key, "%s_%s", name, what);
    bench_put(key, value);
}

struct press {
    double ms;
    double moved_ms;
    double bytes;
};

/* One key, and what it brought; false when it brought nothing. */
static bool press(struct drive *d, const char *bytes, struct press *out)
{
    struct pty *p = &d->pty;
    size_t first;
    int row;
    int64_t at;

    while (pty_take(p, 0))
        continue;
    drive_show(d);
    row = picture_cursor(d->picture);
    first = p->chunk_count;
    at = pty_press(p, bytes, strlen(bytes));
    pty_settle(p, d->quiet_ms, KEY_LIMIT_MS, true);
    *out = (struct press){.moved_ms = -1};
    for (size_t i = first; i < p->chunk_count; i++) {
        out->bytes += (double)p->chunks[i].len;
        out->ms = drive_ms_since(at, p->chunks[i].at_ns);
        picture_feed(d->picture, p->bytes + p->chunks[i].start, p->chunks[i].len);
        if (out->moved_ms < 0 && picture_cursor(d->picture) != row)
            out->moved_ms = out->ms;
    }
    d->shown = p->chunk_count;
    return p->chunk_count > first;
}

static void step_press(struct drive *d, char **words)
{
    long count = bench_number(words[1]);
    struct press ignored;

    for (long i = 0; i < count; i++)
        (void)press(d, key_bytes(sv_of(words[0])), &ignored);
}

static void step_keys(struct drive *d, char **words)
{
    static double ms[KEYS_MAX];
    static double moved[KEYS_MAX];
    static double bytes[KEYS_MAX];
    long count = bench_number(words[2]);
    int64_t waited = usage_of(d->pty.pid).waited_ns;
    size_t heard = 0;
    size_t moves = 0;
    struct sv rest = sv_of(words[1]);

    for (long i = 0; i < count && i < KEYS_MAX; i++) {
        struct press one;
        struct sv key = sv_cut(rest, ',', &rest);

        if (rest.len == 0)
            rest = sv_of(words[1]);
        if (!press(d, key_bytes(key), &one))
            continue;
        ms[heard] = one.ms;
        bytes[heard++] = one.bytes;
        if (one.moved_ms >= 0)
            moved[moves++] = one.moved_ms;
    }
    put(words[0], "silent", (double)(count - (long)heard));
    put(words[0], "moves", (double)moves);
    put(words[0], "waited_ms", drive_ms_since(waited, usage_of(d->pty.pid).waited_ns));
    drive_put_ranks(words[0], "ms", ms, heard);
    drive_put_ranks(words[0], "moved_ms", moved, moves);
    drive_put_ranks(words[0], "bytes", bytes, heard);
}

static void step_burst(struct drive *d, char **words)
{
    static char bytes[KEYS_MAX];
    struct pty *p = &d->pty;
    struct usage before = usage_of(p->pid);
    size_t first = p->chunk_count;
    size_t seen = p->len;
    const char *key = key_bytes(sv_of(words[1]));
    long count = bench_number(words[2]);
    size_t len = 0;
    int64_t at;

    for (long i = 0; i < count && len + strlen(key) < sizeof bytes; i++) {
        memcpy(bytes + len, key, strlen(key));
        len += strlen(key);
    }
    at = pty_press(p, bytes, len);
    pty_settle(p, d->calm_ms, RUN_LIMIT_MS, true);
    put(words[0], "ms",
        p->chunk_count > first ? drive_ms_since(at, p->chunks[p->chunk_count - 1].at_ns) : 0);
    put(words[0], "bytes", (double)(p->len - seen));
    put(words[0], "writes", (double)(usage_of(p->pid).writes - before.writes));
    put(words[0], "reads", (double)(p->chunk_count - first));
    put(words[0], "cpu_ms", (double)(usage_of(p->pid).cpu_ns - before.cpu_ns) / 1e6);
}

static void step_run(struct drive *d, char **words)
{
    static char shell[] = "/bin/sh";
    static char option[] = "-c";
    char *argv[] = {shell, option, words[1], NULL};
    struct pty *p = &d->pty;
    size_t seen = p->len;
    int64_t at = bench_wall_ns();
    int status = 0;
    pid_t pid;

    if (posix_spawn(&pid, shell, NULL, NULL, argv, environ) != 0 || waitpid(pid, &status, 0) < 0 ||
        status != 0)
        bench_end(words[1], NULL);
    pty_settle(p, 2 * d->calm_ms, RUN_LIMIT_MS, p->len == seen);
    put(words[0], "bytes", (double)(p->len - seen));
    put(words[0], "ms",
        p->len > seen ? drive_ms_since(at, p->chunks[p->chunk_count - 1].at_ns) : 0);
    drive_show(d);
    if (d->shows)
        fprintf(stderr, "%s\n", picture_text(d->picture));
}

static void step_idle(struct drive *d, char **words)
{
    struct pty *p = &d->pty;
    int ms = (int)bench_number(words[1]);
    struct usage before;
    struct usage after;
    size_t seen;

    pty_settle(p, d->calm_ms, RUN_LIMIT_MS, false);
    before = usage_of(p->pid);
    seen = p->len;
    pty_settle(p, ms, ms, false);
    after = usage_of(p->pid);
    put(words[0], "bytes", (double)(p->len - seen));
    put(words[0], "wakeups", (double)(after.wakeups - before.wakeups));
    put(words[0], "cpu_us", (double)(after.cpu_ns - before.cpu_ns) / 1e3);
}

static bool wait_for(struct drive *d, const char *text, int64_t limit_ms)
{
    int64_t end = bench_wall_ns() + limit_ms * 1000000;

    while (!drive_has(d, text) && bench_wall_ns() < end && d->pty.fd >= 0)
        pty_take(&d->pty, 20000000);
    return drive_has(d, text);
}

static void step_wait(struct drive *d, char **words)
{
    if (!wait_for(d, words[0], bench_number(words[1]))) {
        fprintf(stderr, "%s\n", picture_text(d->picture));
        bench_end(words[0], NULL);
    }
}

static void step_memory(struct drive *d, char **words)
{
    put(words[0], "pss_kb", (double)usage_pss_kb(d->pty.pid));
}

/* The greatest set size until the program has had next to nothing to do for a while. */
static void step_peak(struct drive *d, char **words)
{
    int64_t end = bench_wall_ns() + bench_number(words[1]) * 1000000;
    int64_t worked_at = bench_wall_ns() + PEAK_LEAST_NS;
    int64_t cpu = usage_of(d->pty.pid).cpu_ns;
    long peak = 0;

    for (int64_t now = 0; now < end && now - worked_at < PEAK_CALM_NS; now = bench_wall_ns()) {
        long size = usage_pss_kb(d->pty.pid);
        int64_t spent = usage_of(d->pty.pid).cpu_ns;

        peak = size > peak ? size : peak;
        if (spent - cpu > PEAK_WORK_NS && bench_wall_ns() > worked_at)
            worked_at = bench_wall_ns();
        cpu = spent;
        pty_settle(&d->pty, PEAK_LOOK_MS, PEAK_LOOK_MS, false);
    }
    drive_show(d);
    put(words[0], "pss_kb", (double)peak);
    if (d->shows)
        fprintf(stderr, "%s\n", picture_text(d->picture));
}

/* Text as keys. */
static void step_type(struct drive *d, char **words)
{
    pty_press(&d->pty, words[0], strlen(words[0]));
    pty_settle(&d->pty, d->calm_ms, RUN_LIMIT_MS, false);
}

/* How long the line is that has this text, in bytes. */
static void step_line(struct drive *d, char **words)
{
    const char *text;
    const char *at;
    const char *first;

    drive_show(d);
    text = picture_text(d->picture);
    at = first = strstr(text, words[1]);
    if (at == NULL) {
        fprintf(stderr, "%s\n", text);
        bench_end("the line is not there", NULL);
    }
    while (first > text && first[-1] != '\n')
        first--;
    put(words[0], "bytes", (double)(size_t)(strchrnul(at, '\n') - first));
}

static const struct {
    const char *name;
    int words; /* behind it; the last one may have colons */
    void (*run)(struct drive *d, char **words);
} steps[] = {
    {"press", 2, step_press}, {"keys", 3, step_keys}, {"burst", 3, step_burst},
    {"run", 2, step_run},     {"idle", 2, step_idle}, {"memory", 1, step_memory},
    {"peak", 2, step_peak},   {"wait", 2, step_wait}, {"type", 1, step_type},
    {"line", 2, step_line},
};

/* The word before the next ':'; *rest is what is behind it, NULL at the end. */
static char *cut_word(char **rest, bool is_last)
{
    char *word = *rest;
    char *colon = word == NULL || is_last ? NULL : strchr(word, ':');

    *rest = colon == NULL ? NULL : colon + 1;
    if (colon != NULL)
        *colon = '\0';
    return word;
}

void drive_step(struct drive *d, char *text)
{
    char *rest = text;
    const char *name = cut_word(&rest, false);

    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        char *words[WORDS_MAX];

        if (strcmp(name, steps[i].name) != 0)
            continue;
        for (int w = 0; w < steps[i].words; w++) {
            words[w] = cut_word(&rest, w + 1 == steps[i].words);
            if (words[w] == NULL)
                bench_end("a step lacks a word", NULL);
        }
        steps[i].run(d, words);
        return;
    }
    bench_end("no such step", NULL);
}
