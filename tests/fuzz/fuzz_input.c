/* The key parser: any bytes, in pieces of any size, become events or nothing. The first byte says
 * how large the pieces are and whether pauses come between them. */
#include "core/base/mem.h"
#include "tui/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct input_event *event)
{
    static volatile char touched;

    if (event->kind == INPUT_NONE || (event->kind == INPUT_KEY && event->key == 0))
        abort();
    if (event->kind == INPUT_KEY && event->key < KEYCODE_BASE &&
        text_safe(event->key) != event->key && event->key >= 0x20)
        abort();
    if (event->text.len > INPUT_PASTE_MAX || event->row < 0 || event->col < 0)
        abort();
    for (size_t i = 0; i < event->text.len; i++)
        touched = event->text.ptr[i];
    (void)touched;
}

static void drain(struct input *in, bool is_quiet)
{
    struct input_event event;

    while (input_next(in, is_quiet, &event))
        check(&event);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct input in;
    size_t piece = size > 0 ? (data[0] & 0x3fU) + 1 : 1;
    bool has_pauses = size > 0 && (data[0] & 0x40) != 0;

    input_init(&in, size == 0 || (data[0] & 0x80) == 0);
    input_add_sequence(&in, "\033[42~", KEYCODE_F1);
    for (size_t at = 1; at < size; at += piece) {
        size_t count = size - at < piece ? size - at : piece;

        /* Drained each time, so there is always room: nothing unfinished is long. */
        if (input_feed(&in, (const char *)data + at, count) != count)
            abort();
        drain(&in, false);
        if (has_pauses)
            drain(&in, true);
    }
    drain(&in, true);
    if (in.state != INPUT_IN_PASTE && input_is_waiting(&in))
        abort();
    input_release(&in);
    return 0;
}
