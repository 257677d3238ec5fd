#include "tui/config.h"

#include <stddef.h>

#include "core/sync/config_file.h"
#include "tui/theme.h"

enum { MINUTES_MAX = 24 * 60, DIGEST_AFTER_MINUTES = 5, WHERE_MAX = 80 };

/* clang-format off */
#define SWITCH_LIST(X) \
    X("ascii",         is_ascii)         \
    X("mouse",         has_mouse)        \
    X("low_bandwidth", is_low_bandwidth) \
    X("linear",        is_linear)
/* clang-format on */

static const struct {
    const char *key;
    size_t offset;
} switches[] = {
#define SWITCH_ROW(key, field) {key, offsetof(struct config, field)},
    SWITCH_LIST(SWITCH_ROW)
#undef SWITCH_ROW
};

static const struct {
    const char *word;
    enum look_clock clock;
} clocks[] = {{"age", LOOK_AGE}, {"utc", LOOK_UTC}, {"local", LOOK_LOCAL}};

static void read_switch(struct config *config, const struct ini_entry *entry, const char *where,
                        bool *out)
{
    struct sv value = sv_of(entry->value);

    if (sv_eq_nocase(value, SV("true")))
        *out = true;
    else if (sv_eq_nocase(value, SV("false")))
        *out = false;
    else
        keymap_fault(&config->faults, where, entry->line, "%s must be true or false", entry->key);
}

static void read_clock(struct config *config, const struct ini_entry *entry, const char *where)
{
    for (size_t i = 0; i < ARRAY_LEN(clocks); i++) {
        if (sv_eq_nocase(sv_of(entry->value), sv_of(clocks[i].word))) {
            config->clock = clocks[i].clock;
            return;
        }
    }
    keymap_fault(&config->faults, where, entry->line, "clock must be age, utc or local");
}

/* "5", or with one digit behind the point "0.5". */
static bool seconds_of(struct sv minutes, int64_t *out)
{
    struct sv tenths;
    int64_t whole;
    int64_t part = 0;
    struct sv text = sv_cut(minutes, '.', &tenths);

    if (sv_starts(minutes, SV("-")) || !sv_to_int(text, &whole) || whole > MINUTES_MAX)
        return false;
    if (tenths.len > 0 && (tenths.len > 1 || !sv_to_int(tenths, &part)))
        return false;
    *out = whole * 60 + part * 6;
    return true;
}

static void read_minutes(struct config *config, const struct ini_entry *entry, const char *where)
{
    int64_t seconds;

    if (seconds_of(sv_of(entry->value), &seconds))
        config->digest_after_s = (int)seconds;
    else
        keymap_fault(&config->faults, where, entry->line, "%s must be a number from 0 to %d",
                     entry->key, MINUTES_MAX);
}

static void read_theme(struct config *config, const struct ini_entry *entry, const char *where)
{
    char names[120];

    if (theme_find(entry->value) != NULL) {
        snprintf(config->theme, sizeof config->theme, "%s", entry->value);
        return;
    }
    keymap_fault(&config->faults, where, entry->line, "there is no theme \"%.24s\"; write %s",
                 entry->value, theme_names(names, sizeof names));
}

static void read_entry(struct config *config, const struct ini_entry *entry, const char *where)
{
    for (size_t i = 0; i < ARRAY_LEN(switches); i++) {
        if (strcmp(entry->key, switches[i].key) == 0) {
            read_switch(config, entry, where, (bool *)((char *)config + switches[i].offset));
            return;
        }
    }
    if (strcmp(entry->key, "theme") == 0)
        read_theme(config, entry, where);
    else if (strcmp(entry->key, "clock") == 0)
        read_clock(config, entry, where);
    else if (strcmp(entry->key, "digest_after_minutes") == 0)
        read_minutes(config, entry, where);
    else
        keymap_fault(&config->faults, where, entry->line, "unknown setting %.60s", entry->key);
}

static void read_sections(struct config *config, const struct ini *ini, const char *where)
{
    const struct ini_section *console = ini_section(ini, "console");
    const struct ini_section *keys = ini_section(ini, "keys");

    for (size_t i = 0; console != NULL && i < console->entry_count; i++)
        read_entry(config, &console->entries[i], where);
    if (keys != NULL)
        keymap_apply(&config->keymap, keys, where, &config->faults);
}

void config_load(const struct context_options *options, struct config *out)
{
    CLEANUP(sb_release) struct sb path;
    CLEANUP(ini_release) struct ini ini = {0};

    *out = (struct config){.clock = LOOK_AGE, .digest_after_s = DIGEST_AFTER_MINUTES * 60};
    keymap_init(&out->keymap);
    sb_init(&path, 4096);
    /* A file that cannot be read or parsed ends the start elsewhere, with its sentence: the
     * contexts come from it, too. */
    if (config_file_read(options->env, &path, &ini, NULL))
        return;
    read_sections(out, &ini, path.len <= WHERE_MAX ? sb_cstr(&path) : "config");
}
