#include "tui/keymap.h"

#include <assert.h>
#include <stdarg.h>

#include "core/base/suggest.h"
#include "tui/key.h"

enum { WISH_SIZE = KEYMAP_MAX / CMD_COUNT };

/* What a line of [keys] asks for. */
struct wish {
    const struct ini_entry *line; /* NULL: the default keys hold */
    uint32_t keys[WISH_SIZE][KEYMAP_SEQUENCE];
    size_t count;
};

/* Keys that a terminal may keep for itself: flow control, the prefixes of screen and tmux, the
 * quit sign, telnet's escape. What must always work needs another one. */
static bool is_unreliable(const uint32_t *keys)
{
    static const char letters[] = "SQAB\\]";

    for (size_t i = 0; letters[i] != '\0'; i++) {
        if (keys[0] == KEY_CONTROL(letters[i]))
            return true;
    }
    return false;
}

/* Without these nobody finds out of the console, or what its keys are. */
static bool is_essential(enum command command)
{
    return command == CMD_QUIT || command == CMD_PALETTE || command == CMD_HELP ||
           command == CMD_LEAVE;
}

/* A terminal sends the same for both, and the input knows it by its name. */
static uint32_t known_as(uint32_t key)
{
    switch (key) {
    case KEY_CONTROL('M'):
    case KEY_CONTROL('J'):
        return KEYCODE_ENTER;
    case KEY_CONTROL('I'):
        return KEYCODE_TAB;
    case KEY_CONTROL('H'):
        return KEYCODE_BACKSPACE;
    case KEY_CONTROL('['):
        return KEYCODE_ESC;
    default: /* not an enum */
        return key;
    }
}

/* A word of a keymap as keys. Of what begins with '^' only letters and @[\]^_ are keys. */
static bool read_word(struct sv word, uint32_t *keys)
{
    size_t count;

    memset(keys, 0, KEYMAP_SEQUENCE * sizeof *keys);
    if (word.len > 1 && word.ptr[0] == '^' &&
        !((word.ptr[1] >= '@' && word.ptr[1] <= '_') || (word.ptr[1] >= 'a' && word.ptr[1] <= 'z')))
        return false;
    count = key_parse(word, keys, KEYMAP_SEQUENCE);
    for (size_t i = 0; i < count; i++) {
        keys[i] = known_as(keys[i]);
        if (keys[i] == 0 ||
            (keys[i] >= 0x20 && keys[i] < KEYCODE_BASE && key_character(keys[i]) == 0))
            return false;
    }
    return count > 0;
}

static void bind(struct keymap *map, enum command command, const uint32_t *keys)
{
    assert(map->count < KEYMAP_MAX);
    if (map->count < KEYMAP_MAX) {
        struct binding *binding = &map->bindings[map->count++];

        *binding = (struct binding){.command = command};
        memcpy(binding->keys, keys, sizeof binding->keys);
    }
}

static void bind_defaults(struct keymap *map, enum command command)
{
    struct sv words = sv_of(command_info(command)->keys);

    while (words.len > 0) {
        uint32_t keys[KEYMAP_SEQUENCE];
        bool is_key = read_word(sv_cut(words, ' ', &words), keys);

        assert(is_key);
        if (is_key)
            bind(map, command, keys);
    }
}

void keymap_init(struct keymap *map)
{
    *map = (struct keymap){.count = 0};
    for (int command = CMD_NONE + 1; command < CMD_COUNT; command++)
        bind_defaults(map, (enum command)command);
}

/* ---- as people write it ---- */

static const char *key_word(uint32_t key)
{
    static const char *const names[] = {
#define KEYCODE_WORD(name, text) [KEYCODE_##name - KEYCODE_BASE] = text,
        KEYCODE_LIST(KEYCODE_WORD)
#undef KEYCODE_WORD
    };

    return key > KEYCODE_BASE && key < KEYCODE_END_OF_LIST ? names[key - KEYCODE_BASE] : NULL;
}

static size_t write_binding(const uint32_t *keys, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < KEYMAP_SEQUENCE && keys[i] != 0; i++) {
        char bytes[5] = {0};
        const char *word = key_word(keys[i]);

        if (word == NULL && keys[i] < 0x20) {
            bytes[0] = '^';
            bytes[1] = (char)(keys[i] + '@');
        } else if (word == NULL) {
            utf8_encode(keys[i], bytes);
        }
        if (used < size)
            used += (size_t)snprintf(out + used, size - used, "%s", word != NULL ? word : bytes);
    }
    return used < size ? used : size - 1;
}

const char *keymap_key(const struct keymap *map, enum command command, char out[24])
{
    out[0] = '\0';
    for (size_t i = 0; i < map->count; i++) {
        if (map->bindings[i].command == command) {
            write_binding(map->bindings[i].keys, out, 24);
            break;
        }
    }
    return out;
}

void keymap_keys(const struct keymap *map, enum command command, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < map->count; i++) {
        char word[24];
        size_t len;

        if (map->bindings[i].command != command)
            continue;
        len = write_binding(map->bindings[i].keys, word, sizeof word);
        if (used + len + 2 > size)
            return;
        used += (size_t)snprintf(out + used, size - used, "%s%s", used > 0 ? " " : "", word);
    }
}

/* ---- collisions ---- */

/* One key for both, or one key that begins the other's sequence and would never let it end. */
static bool clash(const struct binding *a, const struct binding *b)
{
    return a->keys[0] == b->keys[0] &&
           (a->keys[1] == b->keys[1] || a->keys[1] == 0 || b->keys[1] == 0);
}

static bool find_clash(const struct keymap *map, const struct binding **a, const struct binding **b)
{
    for (size_t i = 0; i < map->count; i++) {
        for (size_t k = i + 1; k < map->count; k++) {
            if (!clash(&map->bindings[i], &map->bindings[k]) ||
                command_shares_key(map->bindings[i].command, map->bindings[k].command))
                continue;
            *a = &map->bindings[i];
            *b = &map->bindings[k];
            return true;
        }
    }
    return false;
}

bool keymap_collides(const struct keymap *map, char *text, size_t size)
{
    const struct binding *a;
    const struct binding *b;
    char first[24];
    char second[24];

    if (!find_clash(map, &a, &b))
        return false;
    write_binding(a->keys, first, sizeof first);
    write_binding(b->keys, second, sizeof second);
    snprintf(text, size, "%s (%s) and %s (%s)", first, command_info(a->command)->name, second,
             command_info(b->command)->name);
    return true;
}

/* ---- [keys] ---- */

void keymap_fault(struct keymap_faults *faults, const char *where, int line, const char *fmt, ...)
{
    va_list args;
    char what[160];

    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    if (faults->count < KEYMAP_FAULTS)
        snprintf(faults->text[faults->count], sizeof faults->text[0], "%s line %d: %s", where, line,
                 what);
    faults->count++;
}

/* Where the faults of one section go. */
struct applying {
    const char *where;
    struct keymap_faults *faults;
    struct wish wishes[CMD_COUNT];
};

static bool has_key(const struct wish *wish, const uint32_t *keys)
{
    for (size_t i = 0; i < wish->count; i++) {
        if (memcmp(wish->keys[i], keys, sizeof wish->keys[i]) == 0)
            return true;
    }
    return false;
}

static bool read_words(struct applying *a, const struct ini_entry *line, struct wish *wish)
{
    struct sv words = sv_trim(sv_of(line->value));

    while (words.len > 0) {
        struct sv word = sv_cut(words, ' ', &words);
        uint32_t keys[KEYMAP_SEQUENCE];

        words = sv_trim(words);
        if (!read_word(word, keys)) {
            keymap_fault(a->faults, a->where, line->line,
                         "\"" SV_FMT "\" is no key; write x, gg, ^X, F5, Space, Esc or PgDn",
                         SV_ARG(sv_take(word, 24)));
            return false;
        }
        if (has_key(wish, keys))
            continue;
        if (wish->count == WISH_SIZE) {
            keymap_fault(a->faults, a->where, line->line, "%s has more than %d keys", line->key,
                         WISH_SIZE);
            return false;
        }
        memcpy(wish->keys[wish->count++], keys, sizeof keys);
    }
    return true;
}

static bool keeps_a_key(const struct wish *wish)
{
    for (size_t i = 0; i < wish->count; i++) {
        if (!is_unreliable(wish->keys[i]))
            return true;
    }
    return false;
}

static void say_unknown(struct applying *a, const struct ini_entry *line)
{
    struct suggestion near = {0};

    for (int i = CMD_NONE + 1; i < CMD_COUNT; i++)
        suggest_consider(sv_of(line->key), command_info((enum command)i)->name, &near);
    keymap_fault(a->faults, a->where, line->line,
                 near.word != NULL ? "there is no command \"%.40s\"; did you mean %s?"
                                   : "there is no command \"%.40s\"; see penstock help keys%s",
                 line->key, near.word != NULL ? near.word : "");
}

static void read_line(struct applying *a, const struct ini_entry *line)
{
    enum command command = command_find(sv_of(line->key));
    struct wish wish = {.line = line};

    if (command == CMD_NONE)
        say_unknown(a, line);
    else if (read_words(a, line, &wish)) {
        if (is_essential(command) && !keeps_a_key(&wish))
            keymap_fault(a->faults, a->where, line->line,
                         "%s must keep a key that every terminal lets through", line->key);
        else
            a->wishes[command] = wish;
    }
}

static void bind_all(struct keymap *map, const struct applying *a)
{
    *map = (struct keymap){.count = 0};
    for (int i = CMD_NONE + 1; i < CMD_COUNT; i++) {
        const struct wish *wish = &a->wishes[i];

        for (size_t k = 0; k < wish->count; k++)
            bind(map, (enum command)i, wish->keys[k]);
        if (wish->line == NULL)
            bind_defaults(map, (enum command)i);
    }
}

/* Of two that clash the later line gives way; a default never does. */
static enum command loser(const struct applying *a, const struct binding *one,
                          const struct binding *two)
{
    const struct ini_entry *first = a->wishes[one->command].line;
    const struct ini_entry *second = a->wishes[two->command].line;

    if (first == NULL || second == NULL)
        return first == NULL ? two->command : one->command;
    return first->line > second->line ? one->command : two->command;
}

static void say_clash(struct applying *a, enum command command, const struct binding *one,
                      const struct binding *two)
{
    const struct binding *mine = one->command == command ? one : two;
    const struct binding *other = mine == one ? two : one;
    char key[24];

    write_binding(mine->keys, key, sizeof key);
    keymap_fault(a->faults, a->where, a->wishes[command].line->line,
                 memcmp(mine->keys, other->keys, sizeof mine->keys) == 0
                     ? "%s is the key of %s; bind that one anew, too"
                     : "%s shares its beginning with a key of %s",
                 key, command_info(other->command)->name);
}

/* Lines are judged together, so two commands can swap their keys. A line that clashes is left out
 * and its command has its defaults again, which may clash in turn: without any line nothing does,
 * so this ends. */
void keymap_apply(struct keymap *map, const struct ini_section *section, const char *where,
                  struct keymap_faults *faults)
{
    struct applying a = {.where = where, .faults = faults};
    const struct binding *one;
    const struct binding *two;

    for (size_t i = 0; i < section->entry_count; i++)
        read_line(&a, &section->entries[i]);
    bind_all(map, &a);
    while (find_clash(map, &one, &two)) {
        enum command command = loser(&a, one, two);

        if (a.wishes[command].line == NULL)
            return; /* the list itself clashes, which its test would have told */
        say_clash(&a, command, one, two);
        a.wishes[command] = (struct wish){.line = NULL};
        bind_all(map, &a);
    }
}

/* What the keys mean, of those that share them; NULL: nothing. */
static const struct binding *find_binding(const struct keymap *map, const uint32_t *keys,
                                          keymap_taken_fn *taken, const void *owner)
{
    const struct binding *found = NULL;

    for (size_t i = 0; i < map->count; i++) {
        const struct binding *b = &map->bindings[i];

        if (b->keys[0] != keys[0] || b->keys[1] != keys[1])
            continue;
        if (taken != NULL && taken(owner, b->command))
            return b;
        if (found == NULL)
            found = b;
    }
    return found;
}

static bool starts_sequence(const struct keymap *map, uint32_t key)
{
    for (size_t i = 0; i < map->count; i++) {
        if (map->bindings[i].keys[0] == key && map->bindings[i].keys[1] != 0)
            return true;
    }
    return false;
}

enum command keymap_feed(const struct keymap *map, uint32_t *pending, uint32_t key,
                         keymap_taken_fn *taken, const void *owner)
{
    const uint32_t both[KEYMAP_SEQUENCE] = {*pending, key};
    const uint32_t alone[KEYMAP_SEQUENCE] = {key, 0};
    const struct binding *b = *pending != 0 ? find_binding(map, both, taken, owner) : NULL;

    *pending = 0;
    if (b == NULL)
        b = find_binding(map, alone, taken, owner);
    if (b != NULL)
        return b->command;
    if (starts_sequence(map, key))
        *pending = key;
    return CMD_NONE;
}
