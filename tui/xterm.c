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
