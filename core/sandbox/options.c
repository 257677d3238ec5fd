#include "core/sandbox/options.h"

#include <math.h>

#include "core/sandbox/fault.h"
#include "core/sandbox/wire.h"

static const struct row {
    const char *name;
    const char *value;
    const char *help;
} rows[] = {
#define OPTION_ROW(constant, name, value, help) {name, value, help},
    OPTION_LIST(OPTION_ROW)
#undef OPTION_ROW
};

static bool read_number(const char *text, double low, double high, double *out)
{
    char *end = NULL;
    double value = strtod(text, &end);

    if (end == text || *end != '\0' || !isfinite(value) || value < low || value > high)
        return false;
    *out = value;
    return true;
}

static enum err_code number(const char *name, const char *text, double low, double high,
                            double *out, struct err *err)
{
    if (read_number(text, low, high, out))
        return ERR_OK;
    return err_set(err, ERR_USAGE, "--%s takes a number from %g to %g, not \"%s\"", name, low, high,
                   text);
}

static enum err_code whole(const char *name, const char *text, int high, int *out, struct err *err)
{
    int64_t value;

    if (!sv_to_int(sv_of(text), &value) || value < 0 || value > high)
        return err_set(err, ERR_USAGE, "--%s takes a whole number from 0 to %d, not \"%s\"", name,
                       high, text);
    *out = (int)value;
    return ERR_OK;
}

static enum err_code set_seed(struct options *o, const char *value, struct err *err)
{
    o->seed_text = value;
    if (seed_parse(sv_of(value), &o->seed))
        return ERR_OK;
    return err_set(err, ERR_USAGE,
                   "--seed is demo, empty or fleet:N with N from 1 to %d, not \"%s\"", FLEET_MAX,
                   value);
}

static enum err_code set_fault(struct options *o, const char *value, struct err *err)
{
    struct fault ignored;
    enum err_code rc = fault_parse(sv_of(value), &ignored, err);

    if (rc)
        return rc;
    if (o->fault_count == FAULT_SPECS_MAX)
        return err_set(err, ERR_USAGE, "--fault can be given %d times", FAULT_SPECS_MAX);
    o->faults[o->fault_count++] = value;
    return ERR_OK;
}

static enum err_code set(struct options *o, enum option option, const char *value, struct err *err)
{
    const char *name = rows[option].name;

    switch (option) {
    case OPTION_PORT:
        return whole(name, value, 65535, &o->port, err);
    case OPTION_PORT_FILE:
        o->port_file = value;
        break;
    case OPTION_STATE:
        o->state = value;
        break;
    case OPTION_SEED:
        return set_seed(o, value, err);
    case OPTION_SPEED:
        return number(name, value, 0.001, 1e6, &o->speed, err);
    case OPTION_STEP:
        o->is_stepped = o->has_control = true;
        break;
    case OPTION_CONTROL:
        o->has_control = true;
        break;
    case OPTION_LATENCY:
        return whole(name, value, 600000, &o->latency_ms, err);
    case OPTION_TLS_CERT:
        o->tls_cert = value;
        break;
    case OPTION_TLS_KEY:
        o->tls_key = value;
        break;
    case OPTION_FAULT:
        return set_fault(o, value, err);
    case OPTION_TPS:
        return number(name, value, 0.001, 1e6, &o->tps, err);
    case OPTION_BURST:
        return number(name, value, 1, 1e6, &o->burst, err);
    case OPTION_ACCESS_LOG:
        o->access_log = value;
        break;
    case OPTION_RECORD:
        o->record = value;
        break;
    case OPTION_CONFIG_DIR:
        o->config_dir = value;
        break;
    case OPTION_UNTIL_EOF:
        o->until_eof = true;
        break;
    case OPTION_HELP:
        o->wants_help = true;
        break;
    case OPTION_VERSION:
        o->wants_version = true;
        break;
    case OPTION_COUNT:
        break;
    }
    return ERR_OK;
}

static bool find(struct sv name, enum option *out)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        if (sv_eq(name, sv_of(rows[i].name))) {
            *out = (enum option)i;
            return true;
        }
    }
    return false;
}

/* --name value or --name=value; *at stands on the last word that was used. */
static enum err_code parse_one(int argc, char **argv, int *at, struct options *o, struct err *err)
{
    const char *word = argv[*at];
    const char *equals = strchr(word, '=');
    struct sv name = equals == NULL ? sv_of(word) : sv_make(word, (size_t)(equals - word));
    const char *value = equals == NULL ? NULL : equals + 1;
    enum option option;

    if (!sv_starts(name, SV("--")) || !find(sv_drop(name, 2), &option))
        return err_set(err, ERR_USAGE, "unknown option \"%s\": see penstock-sandbox --help", word);
    if (rows[option].value == NULL && value != NULL)
        return err_set(err, ERR_USAGE, "--%s takes no value", rows[option].name);
    if (rows[option].value != NULL && value == NULL) {
        if (*at + 1 >= argc)
            return err_set(err, ERR_USAGE, "--%s needs a value: %s", rows[option].name,
                           rows[option].value);
        value = argv[++*at];
    }
    return set(o, option, value, err);
}

enum err_code options_parse(int argc, char **argv, struct options *out, struct err *err)
{
    struct options o = {.speed = 1.0, .seed = {.kind = SEED_DEMO}, .seed_text = "demo"};
    enum err_code rc = ERR_OK;

    for (int at = 1; at < argc && !rc; at++)
        rc = parse_one(argc, argv, &at, &o, err);
    if (rc)
        return rc;
    if ((o.tls_cert == NULL) != (o.tls_key == NULL))
        return err_set(err, ERR_USAGE, "--tls-cert and --tls-key go together");
    if (o.burst > 0 && o.tps <= 0)
        return err_set(err, ERR_USAGE, "--burst needs --tps");
    if (o.tps > 0 && o.burst <= 0)
        o.burst = o.tps < 1 ? 1 : o.tps;
    *out = o;
    return ERR_OK;
}

/* As the wires have them, so that none is forgotten. */
static void print_services(FILE *out)
{
    enum { COLS = 76 };
    const struct wire *wire;
    size_t col = COLS;

    for (size_t i = 0; (wire = wire_at(i)) != NULL; i++) {
        size_t len = strlen(wire->service) + 1;

        if (col + len > COLS) {
            (void)fprintf(out, i == 0 ? " " : "\n ");
            col = 1;
        }
        (void)fprintf(out, " %s", wire->service);
        col += len;
    }
    (void)fprintf(out, "\n");
}

void options_help(FILE *out)
{
    char left[64];

    (void)fprintf(out, "Usage: penstock-sandbox [OPTION...]\n"
                       "AWS as far as penstock needs it, on loopback. The services:\n");
    print_services(out);
    (void)fprintf(out,
                  "CodeCommit's repositories answer git, too; instances' metadata is IMDSv2.\n\n");
    for (int i = 0; i < OPTION_COUNT; i++) {
        (void)snprintf(left, sizeof left, "--%s %s", rows[i].name,
                       rows[i].value == NULL ? "" : rows[i].value);
        (void)fprintf(out, "  %-28s %s\n", left, rows[i].help);
    }
    (void)fprintf(out, "\nFault kinds:\n");
    fault_help(out);
    (void)fprintf(out,
                  "OPERATION is a name like GetPipelineState, * or nothing for all; RATE is a\n"
                  "probability from 0 to 1 (1); COUNT is how many times at most (no limit).\n"
                  "Example: --fault throttle:ListPipelines:1:3 --fault cut:*:0.05\n");
}
