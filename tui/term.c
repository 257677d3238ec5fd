#include "tui/term.h"

#define NCURSES_NOMACROS 1

#include <curses.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <term.h>
#include <unistd.h>

#include "core/base/dynlib.h"
#include "tui/key.h"
#include "tui/rescue.h"
#include "tui/theme.h"

/* ncurses is loaded when a console opens: linked, it would be a tenth of a cached `status`. */
/* clang-format off */
#define CURSES_FUNCTIONS(X) \
    X(newterm) X(delscreen) X(endwin) X(setupterm) X(del_curterm) X(tigetstr) X(cbreak) \
    X(noecho) X(nonl) X(def_prog_mode) X(reset_prog_mode) X(set_escdelay) X(keypad) \
    X(nodelay) X(leaveok) X(curs_set) X(has_colors) X(start_color) X(use_default_colors) \
    X(init_pair) X(use_env) X(use_tioctl) X(resizeterm) X(get_wch) X(setcchar) X(mvadd_wch) \
    X(erase) X(clearok) X(wnoutrefresh) X(doupdate)
#define CURSES_VARIABLES(X) \
    X(stdscr) X(curscr) X(cur_term) X(LINES) X(COLS) X(COLORS)
/* clang-format on */

#define MEMBER(name) __typeof__(name) *name;
static struct {
    CURSES_FUNCTIONS(MEMBER)
    CURSES_VARIABLES(MEMBER)
} lib;
#undef MEMBER

static struct {
    SCREEN *screen;
    struct canvas shown; /* what ncurses was told */
    const struct theme *theme;
    struct termios saved;
    char term_name[64];
    bool has_colors;
    bool is_away;
    bool must_repaint;
} term;

static const struct {
    int curses;
    uint32_t key;
} special[] = {
    {KEY_UP, KEYCODE_UP},       {KEY_DOWN, KEYCODE_DOWN},
    {KEY_LEFT, KEYCODE_LEFT},   {KEY_RIGHT, KEYCODE_RIGHT},
    {KEY_HOME, KEYCODE_HOME},   {KEY_END, KEYCODE_END},
    {KEY_PPAGE, KEYCODE_PGUP},  {KEY_NPAGE, KEYCODE_PGDN},
    {KEY_ENTER, KEYCODE_ENTER}, {KEY_BACKSPACE, KEYCODE_BACKSPACE},
    {KEY_DC, KEYCODE_DELETE},   {KEY_A1, KEYCODE_HOME},
    {KEY_C1, KEYCODE_END},      {KEY_A3, KEYCODE_PGUP},
    {KEY_C3, KEYCODE_PGDN},
};

static enum err_code load(struct err *err)
{
#define SYMBOL(name) {#name, (void **)&lib.name},
    static const struct dynlib_symbol symbols[] = {CURSES_FUNCTIONS(SYMBOL)
                                                       CURSES_VARIABLES(SYMBOL)};
#undef SYMBOL
    static bool is_loaded;
    enum err_code rc;

    if (is_loaded)
        return ERR_OK;
    rc = dynlib_load("libncursesw.so.6", "libncursesw6", symbols, ARRAY_LEN(symbols), err);
    is_loaded = rc == ERR_OK;
    return rc;
}

static const char *capability(const char *name)
{
    char writable[8];
    const char *value;

    snprintf(writable, sizeof writable, "%s", name);
    value = lib.tigetstr(writable);
    return value == (const char *)-1 ? NULL : value;
}

static enum err_code check_type(const char *name, struct err *err)
{
    enum err_code rc = load(err);
    int status = 0;
    bool is_able;

    if (rc)
        return rc;
    if (lib.setupterm(name, STDOUT_FILENO, &status) != OK)
        return err_set(err, ERR_USAGE,
                       "no description of the terminal TERM=%s; set TERM to a known one, e.g. "
                       "TERM=xterm-256color",
                       name);
    is_able = capability("cup") != NULL && capability("clear") != NULL;
    lib.del_curterm(*lib.cur_term);
    if (!is_able)
        return err_set(err, ERR_USAGE,
                       "the terminal TERM=%s cannot place text on the screen; use penstock status "
                       "or penstock watch",
                       name);
    snprintf(term.term_name, sizeof term.term_name, "%s", name);
    return ERR_OK;
}

enum err_code term_check(struct err *err)
{
    const char *name = getenv("TERM");

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return err_set(err, ERR_USAGE,
                       "the console needs a terminal on stdin and stdout; without one use "
                       "penstock status");
    if (name == NULL || name[0] == '\0')
        return err_set(err, ERR_USAGE,
                       "TERM is not set; set it to your terminal's type, e.g. TERM=xterm-256color");
    return check_type(name, err);
}

/* Terminfo writes delays as $<50>; no terminal of today needs them. */
static void add_capability(char *out, size_t size, const char *name)
{
    const char *p = capability(name);
    size_t len = strlen(out);

    while (p != NULL && *p != '\0' && len + 1 < size) {
        const char *end = p[0] == '$' && p[1] == '<' ? strchr(p, '>') : NULL;

        if (end != NULL)
            p = end + 1;
        else
            out[len++] = *p++;
    }
    out[len] = '\0';
}

static void arm(void)
{
    static const char *const leaving[] = {"sgr0", "rmkx", "cnorm", "rmcup"};
    char bytes[256] = "";

    for (size_t i = 0; i < ARRAY_LEN(leaving); i++)
        add_capability(bytes, sizeof bytes, leaving[i]);
    rescue_arm(STDOUT_FILENO, &term.saved, bytes);
}

/* cbreak keeps flow control (^S, ^Q); the keys that would send signals are ours. */
static void set_modes(void)
{
    struct termios modes;

    lib.cbreak();
    lib.noecho();
    lib.nonl();
    if (tcgetattr(STDIN_FILENO, &modes) == 0) {
        modes.c_lflag &= (tcflag_t)~ISIG;
        tcsetattr(STDIN_FILENO, TCSANOW, &modes);
    }
    lib.def_prog_mode();
    lib.set_escdelay(25);
    lib.keypad(*lib.stdscr, TRUE);
    lib.nodelay(*lib.stdscr, TRUE);
    lib.leaveok(*lib.stdscr, TRUE);
    lib.curs_set(0);
}

static void set_colors(void)
{
    int colors = lib.has_colors() && lib.start_color() == OK ? *lib.COLORS : 0;

    term.theme = theme_choose(colors, getenv("NO_COLOR"));
    term.has_colors = colors > 0 && lib.use_default_colors() == OK;
    for (short color = THEME_RED; term.has_colors && color <= THEME_CYAN; color++)
        lib.init_pair(color, color, -1);
}

enum err_code term_open(bool is_utf8, struct err *err)
{
    enum err_code rc = term_check(err);

    if (rc)
        return rc;
    tcgetattr(STDIN_FILENO, &term.saved);
    /* Exported LINES and COLUMNS are often those of another window: ask the terminal. */
    lib.use_env(FALSE);
    lib.use_tioctl(TRUE);
    term.screen = lib.newterm(term.term_name, stdout, stdin);
    if (term.screen == NULL)
        return err_set(err, ERR_USAGE, "cannot use the terminal TERM=%s; try TERM=vt100",
                       term.term_name);
    set_modes();
    set_colors();
    arm();
    canvas_init(&term.shown, *lib.LINES, *lib.COLS, is_utf8);
    return ERR_OK;
}

void term_close(void)
{
    if (term.screen == NULL)
        return;
    if (!term.is_away)
        lib.endwin();
    tcsetattr(STDIN_FILENO, TCSANOW, &term.saved);
    rescue_disarm();
    lib.delscreen(term.screen);
    term.screen = NULL;
    canvas_release(&term.shown);
}

void term_size(int *rows, int *cols)
{
    *rows = *lib.LINES;
    *cols = *lib.COLS;
}

bool term_resize(void)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
        return false;
    if (size.ws_row == *lib.LINES && size.ws_col == *lib.COLS)
        return false;
    lib.resizeterm(size.ws_row, size.ws_col);
    term.must_repaint = true;
    return true;
}

static uint32_t translate(wint_t ch)
{
    switch (ch) {
    case '\r':
    case '\n':
        return KEYCODE_ENTER;
    case '\t':
        return KEYCODE_TAB;
    case 27:
        return KEYCODE_ESC;
    case 8:
    case 127:
        return KEYCODE_BACKSPACE;
    default: /* any other character is its own key */
        return (uint32_t)ch;
    }
}

uint32_t term_key(void)
{
    wint_t ch = 0;
    int kind;

    while ((kind = lib.get_wch(&ch)) != ERR) {
        if (kind != KEY_CODE_YES) {
            if (ch != 0)
                return translate(ch);
            continue;
        }
        for (size_t i = 0; i < ARRAY_LEN(special); i++) {
            if (special[i].curses == (int)ch)
                return special[i].key;
        }
    }
    return 0;
}

bool term_is_alive(void)
{
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
    struct termios now;

    if (tcgetattr(STDIN_FILENO, &now) != 0)
        return false;
    return poll(&fd, 1, 0) < 0 || (fd.revents & (POLLHUP | POLLERR | POLLNVAL)) == 0;
}

static attr_t attrs_of(const struct theme_look *look)
{
    attr_t attrs = A_NORMAL;

    if (look->attrs & THEME_BOLD)
        attrs |= A_BOLD;
    if (look->attrs & THEME_DIM)
        attrs |= A_DIM;
    if (look->attrs & THEME_REVERSE)
        attrs |= A_REVERSE;
    if (look->attrs & THEME_UNDERLINE)
        attrs |= A_UNDERLINE;
    return attrs;
}

static void show_cell(int row, int col, const struct cell *cell)
{
    const struct theme_look *look = &term.theme->looks[cell->style];
    wchar_t text[CANVAS_MARKS + 2] = {(wchar_t)cell->ch};
    bool is_colored = term.has_colors && look->color != THEME_DEFAULT;
    cchar_t out;

    for (int i = 0; i < CANVAS_MARKS; i++)
        text[i + 1] = (wchar_t)cell->marks[i];
    if (lib.setcchar(&out, text, attrs_of(look), (short)(is_colored ? look->color : 0), NULL) == OK)
        lib.mvadd_wch(row, col, &out);
}

static void show_changes(const struct canvas *canvas)
{
    for (int i = 0; i < canvas->rows * canvas->cols; i++) {
        const struct cell *cell = &canvas->cells[i];

        if (cell_eq(cell, &term.shown.cells[i]))
            continue;
        if (cell->width > 0)
            show_cell(i / canvas->cols, i % canvas->cols, cell);
        term.shown.cells[i] = *cell;
    }
}

void term_show(const struct canvas *canvas)
{
    if (canvas->rows != term.shown.rows || canvas->cols != term.shown.cols) {
        canvas_resize(&term.shown, canvas->rows, canvas->cols);
        lib.erase();
    }
    show_changes(canvas);
    if (term.must_repaint) {
        lib.clearok(*lib.curscr, TRUE);
        term.must_repaint = false;
    }
    lib.wnoutrefresh(*lib.stdscr);
    lib.doupdate();
}

void term_repaint(void)
{
    term.must_repaint = true;
}

void term_leave(void)
{
    lib.endwin();
    tcsetattr(STDIN_FILENO, TCSANOW, &term.saved);
    rescue_disarm();
    term.is_away = true;
}

void term_return(void)
{
    term.is_away = false;
    arm();
    lib.reset_prog_mode();
    lib.curs_set(0);
    term.must_repaint = true;
}
