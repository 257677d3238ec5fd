#include "core/sandbox/fault.h"

#include "core/sandbox/ids.h"

static const struct row {
    const char *name;
    const char *help;
} rows[] = {
#define FAULT_ROW(constant, name, help) {name, help},
    FAULT_LIST(FAULT_ROW)
#undef FAULT_ROW
};

static bool find_kind(struct sv name, enum fault_kind *out)
{
    for (int i = 0; i < FAULT_KINDS; i++) {
        if (sv_eq(name, sv_of(rows[i].name))) {
            *out = (enum fault_kind)i;
            return true;
        }
    }
    return false;
}

static bool read_rate(struct sv text, double *out)
{
    char digits[32];
    char *end = NULL;

    if (text.len == 0 || text.len >= sizeof digits)
        return false;
    memcpy(digits, text.ptr, text.len);
    digits[text.len] = '\0';
    *out = strtod(digits, &end);
    return *end == '\0' && *out >= 0 && *out <= 1;
}

enum err_code fault_parse(struct sv spec, struct fault *out, struct err *err)
{
    struct fault f = {.rate = 1, .left = -1};
    struct sv rest;
    struct sv kind = sv_cut(spec, ':', &rest);
    struct sv rate;
    struct sv count;

    if (!find_kind(kind, &f.kind))
        return err_set(err, ERR_USAGE, "\"" SV_FMT "\" is no kind of fault: see --help",
                       SV_ARG(kind));
    f.operation = sv_cut(rest, ':', &rest);
    if (sv_eq(f.operation, SV("*")))
        f.operation = SV_NONE;
    rate = sv_cut(rest, ':', &count);
    if (rate.len > 0 && !read_rate(rate, &f.rate))
        return err_set(err, ERR_USAGE, "--fault " SV_FMT ": the rate is a number from 0 to 1",
                       SV_ARG(spec));
    if (count.ptr != NULL && (!sv_to_int(count, &f.left) || f.left < 0))
        return err_set(err, ERR_USAGE, "--fault " SV_FMT ": the count is a whole number",
                       SV_ARG(spec));
    *out = f;
    return ERR_OK;
}

void fault_help(FILE *out)
{
    for (int i = 0; i < FAULT_KINDS; i++)
        (void)fprintf(out, "  %-18s %s\n", rows[i].name, rows[i].help);
}

enum err_code faults_add(struct faults *faults, struct sv spec, struct err *err)
{
    enum err_code rc;

    if (faults->count == ARRAY_LEN(faults->items))
        return err_set(err, ERR_LIMIT, "more than %zu faults", ARRAY_LEN(faults->items));
    rc = fault_parse(spec, &faults->items[faults->count], err);
    faults->count += rc == ERR_OK;
    return rc;
}

static bool strikes(struct faults *faults, struct fault *f, struct sv name)
{
    if (f->left == 0 || (f->operation.len > 0 && !sv_eq(f->operation, name)))
        return false;
    faults->dice = hash_mix(faults->dice);
    if ((double)(faults->dice >> 11) / 9007199254740992.0 >= f->rate)
        return false;
    if (f->left > 0)
        f->left--;
    return true;
}

int faults_throw(struct faults *faults, struct sv operation)
{
    for (size_t i = 0; i < faults->count; i++) {
        struct fault *f = &faults->items[i];

        if ((int)f->kind < FAULT_FIRST_DEED && strikes(faults, f, operation))
            return (int)f->kind;
    }
    return FAULT_NONE;
}

bool faults_strike(struct faults *faults, enum fault_kind deed, struct sv name)
{
    for (size_t i = 0; i < faults->count; i++) {
        struct fault *f = &faults->items[i];

        if (f->kind == deed && strikes(faults, f, name))
            return true;
    }
    return false;
}

const char *fault_name(int kind)
{
    return kind >= 0 && kind < FAULT_KINDS ? rows[kind].name : "";
}
