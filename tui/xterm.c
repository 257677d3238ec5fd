#include "tui/xterm.h"

enum { SCREEN_CHUNK = 512 }; /* GNU screen drops longer strings, older ones from 768 bytes on */

bool xterm_is_like(const char *term)
{
    static const char *const names[] = {
        "xterm",   "tmux",    "screen",  "rxvt", "alacritty", "foot",  "kitty",
        "wezterm", "gnome",   "konsole", "st",   "iterm",     "putty", "vte",
        "contour", "ghostty", "mintty",  "rio",  "mlterm",    "eterm", "terminator"};
    struct sv name = sv_of(term);
    size_t len = 0;

    while (len < name.len && strchr("-.+", name.ptr[len]) == NULL)
        len++;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (sv_eq_nocase(sv_take(name, len), sv_of(names[i])))
            return true;
    }
    return false;
}

static size_t size_of_any(struct sv text, const struct sv *sequences, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (sv_starts(text, sequences[i]))
            return sequences[i].len;
    }
    return 0;
}

static size_t size_of_charset(struct sv text)
{
    static const struct sv sequences[] = {{"\033(B", 3}, {"\017", 1}};

    return size_of_any(text, sequences, ARRAY_LEN(sequences));
}

/* The end of a colour, when the end of all follows. */
static size_t size_of_color_end(struct sv text)
{
    static const struct sv ends[] = {{"\033[39m", 5}, {"\033[39;49m", 8}};
    static const struct sv resets[] = {{"\033[m", 3}, {"\033[0;", 4}, {"\033[0m", 4}};
    size_t size = size_of_any(text, ends, ARRAY_LEN(ends));
    struct sv rest = sv_drop(text, size);

    rest = sv_drop(rest, size_of_charset(rest));
    return size_of_any(rest, resets, ARRAY_LEN(resets)) > 0 ? size : 0;
}

size_t xterm_squeeze(char *bytes, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count;) {
        struct sv rest = sv_make(bytes + i, count - i);
        size_t skipped = 0;

        if (bytes[i] == '\033' || bytes[i] == '\017')
            skipped = size_of_charset(rest);
        if (bytes[i] == '\033' && skipped == 0)
            skipped = size_of_color_end(rest);
        i += skipped;
        if (skipped == 0)
            bytes[kept++] = bytes[i++];
    }
    return kept;
}

enum mux mux_of_environment(void)
{
    const char *tmux = getenv("TMUX");
    const char *screen = getenv("STY");

    if (tmux != NULL && tmux[0] != '\0')
        return MUX_TMUX;
    return screen != NULL && screen[0] != '\0' ? MUX_SCREEN : MUX_NONE;
}

/* In what tmux hands on, each ESC stands twice. */
static enum err_code pass_tmux(struct sv sequence, struct sb *out, struct err *err)
{
    enum err_code rc = sb_add(out, SV("\033Ptmux;"), err);

    for (size_t i = 0; i < sequence.len && rc == ERR_OK; i++) {
        if (sequence.ptr[i] == '\033')
            rc = sb_addc(out, '\033', err);
        if (rc == ERR_OK)
            rc = sb_addc(out, sequence.ptr[i], err);
    }
    return rc ? rc : sb_add(out, SV("\033\\"), err);
}

static enum err_code pass_screen(struct sv sequence, struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (; sequence.len > 0 && rc == ERR_OK; sequence = sv_drop(sequence, SCREEN_CHUNK)) {
        rc = sb_add(out, SV("\033P"), err);
        if (rc == ERR_OK)
            rc = sb_add(out, sv_take(sequence, SCREEN_CHUNK), err);
        if (rc == ERR_OK)
            rc = sb_add(out, SV("\033\\"), err);
    }
    return rc;
}

enum err_code xterm_pass(struct sv sequence, enum mux mux, struct sb *out, struct err *err)
{
    switch (mux) {
    case MUX_TMUX:
        return pass_tmux(sequence, out, err);
    case MUX_SCREEN:
        return pass_screen(sequence, out, err);
    case MUX_NONE:
        break;
    }
    return sb_add(out, sequence, err);
}
