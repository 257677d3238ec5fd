#include "drive.h"

#include <sys/wait.h>

#include "core/base/mem.h"

enum { HANGUP_LIMIT_MS = 2000, HANGUP_CALM_MS = 20 };

double drive_ms_since(int64_t began_ns, int64_t at_ns)
{
    return (double)(at_ns - began_ns) / 1e6;
}

void drive_show(struct drive *d)
{
    for (; d->shown < d->pty.chunk_count; d->shown++) {
        const struct chunk *c = &d->pty.chunks[d->shown];

        picture_feed(d->picture, d->pty.bytes + c->start, c->len);
    }
}

bool drive_has(struct drive *d, const char *text)
{
    drive_show(d);
    return strstr(picture_text(d->picture), text) != NULL;
}

void drive_put_ranks(const char *name, const char *unit, double *values, size_t count)
{
    static const struct {
        const char *infix;
        double rank;
    } ranks[] = {{"", 0.5}, {"p99_", 0.99}, {"max_", 1}};
    char key[128];

    bench_median(values, count); /* sorts */
    for (size_t i = 0; count > 0 && i < ARRAY_LEN(ranks); i++) {
        snprintf(key, sizeof key, "%s_%s%s", name, ranks[i].infix, unit);
        bench_put(key, bench_rank(values, count, ranks[i].rank));
    }
}

static uint64_t hash_of(const char *text)
{
    uint64_t hash = 14695981039346656037U;

    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211U;
    return hash;
}

/* The first chunk after which the screen was painted; NULL when it never was. */
static const struct chunk *find_paint(struct drive *d)
{
    const struct chunk *found = NULL;
    uint64_t last = 0;

    for (; d->shown < d->pty.chunk_count; d->shown++) {
        const struct chunk *c = &d->pty.chunks[d->shown];
        const char *text;

        picture_feed(d->picture, d->pty.bytes + c->start, c->len);
        text = picture_text(d->picture);
        if (d->until != NULL && strstr(text, d->until) == NULL)
            continue;
        if (d->until != NULL)
            return c;
        if (hash_of(text) != last || found == NULL)
            found = c;
        last = hash_of(text);
    }
    return found;
}

/* What is waited for may come long after the first calm, in a program that reads first. */
static const struct chunk *wait_for_paint(struct drive *d)
{
    int64_t limit = bench_wall_ns() + (int64_t)DRIVE_START_LIMIT_MS * 1000000;
    const struct chunk *found = NULL;

    pty_settle(&d->pty, d->calm_ms, d->until == NULL ? DRIVE_START_LIMIT_MS : d->calm_ms, true);
    while ((found = find_paint(d)) == NULL && d->pty.fd >= 0 && bench_wall_ns() < limit)
        pty_take(&d->pty, 20000000);
    return found;
}

/* The screen's last line, to be waited for another time. */
static void put_hint(struct drive *d)
{
    const char *text = picture_text(d->picture);
    const char *line = strrchr(text, '\n');

    printf("hint %s\n", line == NULL ? text : line + 1);
}

void drive_start(struct drive *d, char **argv)
{
    const struct pty *p = &d->pty;
    const struct chunk *painted;

    d->picture = picture_new(d->rows, d->cols);
    pty_open(&d->pty, d->rows, d->cols, d->ignores_hangup, argv);
    painted = wait_for_paint(d);
    if (painted == NULL || p->fd < 0) {
        fprintf(stderr, "%s\n", picture_text(d->picture));
        bench_end("the program left, or never painted what was waited for", NULL);
    }
    bench_put("paint_ms", drive_ms_since(p->began_ns, painted->at_ns));
    bench_put("first_ms", drive_ms_since(p->began_ns, p->chunks[0].at_ns));
    bench_put("start_bytes", (double)p->len);
    bench_put("start_cpu_ms", (double)usage_of(p->pid).cpu_ns / 1e6);
    put_hint(d);
    if (d->shows)
        fprintf(stderr, "%s\n", picture_text(d->picture));
}

void drive_end(struct drive *d)
{
    pty_close(&d->pty);
    picture_free(d->picture);
}

struct hangup {
    double ms;
    double cpu_ms;
    bool has_ended;
};

/* The figures of a zombie can still be read. */
static struct hangup hang_up_once(const struct drive *d, char **argv)
{
    struct hangup one;
    int64_t before;
    int64_t at;
    struct pty p;

    pty_open(&p, d->rows, d->cols, d->ignores_hangup, argv);
    pty_settle(&p, HANGUP_CALM_MS, DRIVE_START_LIMIT_MS, true);
    if (p.fd < 0)
        bench_end("the program left before its terminal did", NULL);
    before = usage_of(p.pid).cpu_ns;
    at = bench_wall_ns();
    pty_hang_up(&p);
    one.has_ended = pty_wait_end(&p, HANGUP_LIMIT_MS);
    one.ms = drive_ms_since(at, bench_wall_ns());
    one.cpu_ms = drive_ms_since(before, usage_of(p.pid).cpu_ns);
    pty_close(&p);
    return one;
}

void drive_hangups(struct drive *d, char **argv, long count)
{
    double *ms = mem_array((size_t)count, sizeof *ms);
    double *cpu = mem_array((size_t)count, sizeof *cpu);
    long stayed = 0;

    if (ms == NULL || cpu == NULL)
        bench_end("no memory", NULL);
    for (long i = 0; i < count; i++) {
        struct hangup one = hang_up_once(d, argv);

        ms[i] = one.ms;
        cpu[i] = one.cpu_ms;
        stayed += !one.has_ended;
    }
    bench_put("hangup_stayed", (double)stayed);
    drive_put_ranks("hangup", "ms", ms, (size_t)count);
    drive_put_ranks("hangup", "cpu_ms", cpu, (size_t)count);
    mem_free(ms);
    mem_free(cpu);
}
