#include "core/sandbox/rules.h"

#include <regex.h>
#include <stdarg.h>

#include "core/base/mem.h"
#include "core/sandbox/pipelines_values.h"

typedef void ask_fn(const cJSON *configuration, int64_t now_ms, struct rule_answer *out);
static ask_fn ask_window;
static ask_fn ask_variable;
static ask_fn ask_lambda;

/* clang-format off */
static const struct rule_row {
    const char *provider;
    const char *required; /* separated by blanks */
    const char *optional; /* NULL: not known, anything goes */
    ask_fn *ask;          /* NULL: the sandbox has nothing to ask */
} rows[] = {
    {"DeploymentWindow", "Cron",                    "TimeZone",       ask_window},
    {"VariableCheck",    "Variable Value Operator", "",               ask_variable},
    {"LambdaInvoke",     "FunctionName",            "UserParameters", ask_lambda},
    {"CloudWatchAlarm",  "AlarmName",               NULL,             NULL},
    {"CodeBuild",        "ProjectName",             NULL,             NULL},
    {"Commands",         "",                        NULL,             NULL},
};
/* clang-format on */

static const struct rule_row *row_of(struct sv provider)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (sv_eq(provider, sv_of(rows[i].provider)))
            return &rows[i];
    }
    return NULL;
}

static void say(struct rule_answer *out, bool is_good, const char *fmt, ...) PRINTF_LIKE(3, 4);

static void say(struct rule_answer *out, bool is_good, const char *fmt, ...)
{
    va_list args;

    out->is_good = is_good;
    va_start(args, fmt);
    (void)vsnprintf(out->why, sizeof out->why, fmt, args);
    va_end(args);
}

/* ---- what each of them asks ---- */

static void ask_window(const cJSON *configuration, int64_t now_ms, struct rule_answer *out)
{
    struct sv cron = json_sv(configuration, "Cron");
    bool is_inside = false;
    char why[RULE_WHY_MAX];

    if (!window_read(cron, json_sv(configuration, "TimeZone"), now_ms, &is_inside, why)) {
        out->code = "ConfigurationError";
        say(out, false, "%s", why);
    } else if (is_inside) {
        say(out, true, "The deployment window is open");
    } else {
        say(out, false, "The deployment window '" SV_FMT "' is not open now",
            SV_ARG(sv_take(cron, 120)));
    }
}

/* AWS reads Java's expressions; those of POSIX agree with the plain ones. Counted repetitions are
 * refused: they can take any memory. */
enum { PATTERN_MAX = 200, MATCHED_MAX = 1000 };

static bool matches(struct sv pattern, struct sv text, struct rule_answer *out)
{
    char expression[PATTERN_MAX + 8];
    char matched[MATCHED_MAX + 1];
    regex_t compiled;
    bool is_match;

    (void)snprintf(expression, sizeof expression, "^(" SV_FMT ")$",
                   SV_ARG(sv_take(pattern, PATTERN_MAX)));
    (void)snprintf(matched, sizeof matched, SV_FMT, SV_ARG(sv_take(text, MATCHED_MAX)));
    if (pattern.len > PATTERN_MAX || sv_find(pattern, SV("{")) >= 0 ||
        regcomp(&compiled, expression, REG_EXTENDED | REG_NOSUB) != 0) {
        out->code = "ConfigurationError";
        return false;
    }
    is_match = regexec(&compiled, matched, 0, NULL, 0) == 0;
    regfree(&compiled);
    return is_match;
}

static void ask_variable(const cJSON *configuration, int64_t now_ms UNUSED, struct rule_answer *out)
{
    struct sv variable = json_sv(configuration, "Variable");
    struct sv value = json_sv(configuration, "Value");
    struct sv operator= json_sv(configuration, "Operator");
    bool is_good = false;

    if (sv_eq(operator, SV("EQ")))
        is_good = sv_eq(variable, value);
    else if (sv_eq(operator, SV("NE")))
        is_good = !sv_eq(variable, value);
    else if (sv_eq(operator, SV("CONTAINS")))
        is_good = sv_find(variable, value) >= 0;
    else
        is_good = matches(value, variable, out);
    if (out->code != NULL)
        say(out, false, "'" SV_FMT "' is not an expression that can be used here",
            SV_ARG(sv_take(value, 120)));
    else
        say(out, is_good, "'" SV_FMT "' " SV_FMT " '" SV_FMT "' is %s",
            SV_ARG(sv_take(variable, 120)), SV_ARG(sv_take(operator, 20)),
            SV_ARG(sv_take(value, 120)), is_good ? "true" : "false");
}

/* The sandbox has no functions: this one does what its UserParameters say. They are an object whose
 * "fail" is the sentence with which it fails. */
static void ask_lambda(const cJSON *configuration, int64_t now_ms UNUSED, struct rule_answer *out)
{
    struct sv text = json_sv(configuration, "UserParameters");
    cJSON *parameters = NULL;
    struct sv reason = SV_NONE;

    if (text.len > 0 && json_parse(text, &parameters, NULL) == ERR_OK)
        reason = json_sv(parameters, "fail");
    if (reason.len > 0)
        say(out, false, SV_FMT, SV_ARG(sv_take(reason, RULE_WHY_MAX - 1)));
    else
        say(out, true, "The function " SV_FMT " has succeeded",
            SV_ARG(sv_take(json_sv(configuration, "FunctionName"), 140)));
    cJSON_Delete(parameters);
}

enum err_code rule_ask(const struct pipe *p, const struct run *run, const struct rule_shape *rule,
                       int64_t now_ms, struct rule_answer *out, struct err *err)
{
    const struct rule_row *row;
    cJSON *declared = NULL;
    cJSON *configuration = NULL;
    char missing[VALUES_MISSING];
    struct sv provider;
    enum err_code rc = json_parse(sv_of(rule->json), &declared, err);

    *out = (struct rule_answer){.is_good = false};
    if (!rc)
        rc = values_resolve(p, run, json_get(declared, "configuration"), &configuration, missing,
                            err);
    if (!rc) {
        provider = json_sv(json_get(declared, "ruleTypeId"), "provider");
        row = row_of(provider);
        if (missing[0] != '\0') {
            out->code = "ConfigurationError";
            say(out, false,
                "The variable %s is referenced in the configuration but could not be resolved",
                missing);
        } else if (row == NULL || row->ask == NULL) {
            out->code = "JobFailed";
            say(out, false, "The sandbox does not act out rules of " SV_FMT, SV_ARG(provider));
        } else {
            row->ask(configuration, now_ms, out);
        }
    }
    cJSON_Delete(configuration);
    cJSON_Delete(declared);
    return rc;
}

/* ---- declarations ---- */

bool rule_is_known(struct sv provider)
{
    return row_of(provider) != NULL;
}

static bool has_word(const char *words, struct sv word)
{
    struct sv rest = sv_of(words);

    while (rest.len > 0) {
        if (sv_eq(sv_cut(rest, ' ', &rest), word))
            return true;
    }
    return false;
}

static bool has_required(const char *required, const cJSON *configuration, char *why)
{
    struct sv rest = sv_of(required);

    while (rest.len > 0) {
        struct sv key = sv_cut(rest, ' ', &rest);
        char text[64];

        (void)snprintf(text, sizeof text, SV_FMT, SV_ARG(key));
        if (json_sv(configuration, text).len > 0)
            continue;
        (void)snprintf(why, RULE_WHY_MAX, "is missing required configuration '%s'", text);
        return false;
    }
    return true;
}

static bool has_known_only(const struct rule_row *row, const cJSON *configuration, char *why)
{
    const cJSON *item = configuration == NULL ? NULL : configuration->child;

    for (; item != NULL; item = item->next) {
        struct sv key = sv_of(item->string);

        if (!cJSON_IsString(item) || item->valuestring[0] == '\0' ||
            strlen(item->valuestring) > 10000) {
            (void)snprintf(why, RULE_WHY_MAX, "has no text of 1 to 10000 characters as '%.60s'",
                           item->string);
            return false;
        }
        if (row->optional != NULL && !has_word(row->required, key) &&
            !has_word(row->optional, key)) {
            (void)snprintf(why, RULE_WHY_MAX, "contains unknown configuration '%.60s'",
                           item->string);
            return false;
        }
    }
    return true;
}

bool rule_is_sound(struct sv provider, const cJSON *configuration, char why[RULE_WHY_MAX])
{
    const struct rule_row *row = row_of(provider);
    bool is_inside;

    if (row == NULL || !has_required(row->required, configuration, why) ||
        !has_known_only(row, configuration, why))
        return false;
    if (row->ask == ask_variable &&
        !has_word("EQ NE CONTAINS MATCHES", json_sv(configuration, "Operator"))) {
        (void)snprintf(why, RULE_WHY_MAX,
                       "has an Operator that is none of EQ, NE, CONTAINS and "
                       "MATCHES");
        return false;
    }
    return row->ask != ask_window ||
           window_read(json_sv(configuration, "Cron"), json_sv(configuration, "TimeZone"), 0,
                       &is_inside, why);
}
