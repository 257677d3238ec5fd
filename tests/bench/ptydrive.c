/* ptydrive COLSxROWS [OPTION...] STEP... -- CMD ARG... : what a full-screen program costs, measured
 * from outside through a pseudo-terminal that answers nothing. Prints "key value" lines.
 *
 * Options: --until TEXT, --ignore-hangup, --quiet MS (15), --calm MS (150), --hangups N, --show.
 *
 * First comes the start: paint_ms is from just before the program was started to the first bytes
 * after which the screen, as libvterm shows it, is what it is when it has been calm for --calm;
 * with
 * --until, to those that bring the TEXT. Chunks get their time when they are read and are shown
 * afterwards, so no time holds the cost of showing. Then the steps, in turn:
 *   press:KEY:N         keys that are not measured
 *   keys:NAME:KEYS:N    N keys, one at a time, KEYS in turn, the next after a silence of --quiet.
 *                       NAME_ms: from the key to the last byte before that silence; NAME_moved_ms:
 * to the first bytes that bring '>' to another row; NAME_bytes; medians and more.
 *                       NAME_waited_ms is what it waited for a processor, in all burst:NAME:KEY:N
 * N keys at once: NAME_ms to the last byte, NAME_bytes, NAME_writes run:NAME:COMMAND    what the
 * shell's COMMAND makes the program write: NAME_bytes, NAME_ms idle:NAME:MS        NAME_bytes,
 * NAME_wakeups, NAME_cpu_us memory:NAME         NAME_pss_kb peak:NAME:TEXT:MS   NAME_pss_kb, the
 * greatest seen until TEXT is shown, at most so long wait:TEXT:MS        until TEXT is shown KEYS
 * are single characters, or Down Up PgDn PgUp Enter Esc, separated by commas.
 * --hangups N instead starts the program N times and closes its terminal once it is painted. */
#include "drive.h"

enum { QUIET_MS = 15, CALM_MS = 150 };

static void read_size(const char *text, struct drive *d)
{
    char *end = NULL;

    d->cols = (int)strtol(text, &end, 10);
    d->rows = *end == 'x' ? (int)strtol(end + 1, &end, 10) : 0;
    if (d->rows <= 0 || d->cols <= 0 || *end != '\0')
        bench_end("the size is COLSxROWS", NULL);
}

/* One option and its value; how many words they are, 0 when it is none. */
static int read_option(char **words, struct drive *d, long *hangups)
{
    const char *value = words[1];

    if (strcmp(words[0], "--show") == 0)
        d->shows = true;
    else if (strcmp(words[0], "--ignore-hangup") == 0)
        d->ignores_hangup = true;
    else if (strcmp(words[0], "--until") == 0)
        d->until = value;
    else if (strcmp(words[0], "--quiet") == 0)
        d->quiet_ms = (int)bench_number(value);
    else if (strcmp(words[0], "--calm") == 0)
        d->calm_ms = (int)bench_number(value);
    else if (strcmp(words[0], "--hangups") == 0)
        *hangups = bench_number(value);
    else
        return 0;
    return strcmp(words[0], "--show") == 0 || strcmp(words[0], "--ignore-hangup") == 0 ? 1 : 2;
}

int main(int argc, char **argv)
{
    struct drive d = {.quiet_ms = QUIET_MS, .calm_ms = CALM_MS};
    long hangups = 0;
    int command = 1;
    int at = 2;

    while (command < argc && strcmp(argv[command], "--") != 0)
        command++;
    if (command < 2 || command + 1 >= argc)
        bench_end("usage: ptydrive COLSxROWS [OPTION...] STEP... -- CMD ARG...", NULL);
    read_size(argv[1], &d);
    for (int read = 1; at < command && read > 0; at += read)
        read = read_option(argv + at, &d, &hangups);
    if (hangups > 0) {
        drive_hangups(&d, argv + command + 1, hangups);
        return 0;
    }
    drive_start(&d, argv + command + 1);
    for (; at < command; at++)
        drive_step(&d, argv[at]);
    drive_end(&d);
    return 0;
}
