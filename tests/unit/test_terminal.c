/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The filter of what goes to a person's terminal: what passes and what does not, each cut at every
 * position; what it brings back at the end; questions and answers.
 */
#include "base/terminal.h"
#include "check.h"

#include <stdlib.h>

static const char unknown[] = "\xef\xbf\xbd";

/* The filter's output for an input in two pieces, as a string. */
static void run(struct terminal_filter *f, const char *in, size_t len, size_t cut, struct buf *out)
{
    terminal_filter_feed(f, (const uint8_t *)in, cut, out);
    terminal_filter_feed(f, (const uint8_t *)in + cut, len - cut, out);
}

/* The same for every cut, and once more byte by byte. */
static void check_bytes(const char *in, size_t len, const char *want, bool answers, bool ascii)
{
    for (size_t cut = 0; cut <= len + 1; cut++) {
        struct terminal_filter f;
        struct buf out = BUF_INIT;

        terminal_filter_init(&f);
        f.answers = answers;
        f.ascii = ascii;
        if (cut <= len)
            run(&f, in, len, cut, &out);
        for (size_t i = 0; i < len && cut > len; i++)
            run(&f, in + i, 1, 0, &out);
        buf_append(&out, "", 1);
        if (strcmp((const char *)out.data, want))
            fprintf(stderr, "of \"%s\" cut at %zu:\n", in[0] == 27 ? in + 1 : in, cut);
        CHECK_STR((const char *)out.data, want);
        buf_finish(&out);
    }
}

static void check(const char *in, const char *want)
{
    check_bytes(in, strlen(in), want, false, false);
}

/* Comes out as it went in; text around it as well. */
static void check_passes(const char *in)
{
    char around[300];

    check(in, in);
    snprintf(around, sizeof(around), "a%sb\r\n", in);
    check(around, around);
}

/* Nothing of it comes out, and what follows is text again. */
static void check_dropped(const char *in)
{
    char around[300];

    snprintf(around, sizeof(around), "a%sb", in);
    check(around, "ab");
}

static void test_what_draws(void)
{
    static const char *const harmless[] = {
        "plain text\r\n\tand tabs",
        "bell \a backspace \b \v \f",
        "\33[1;31mred\33[0m",
        "\33[38;2;10;20;30m\33[48:5:17m\33[4:3m",
        "\33[H\33[2J\33[3J\33[K\33[1K",
        "\33[12;40H\33[5A\33[5B\33[5C\33[5D\33[7G\33[3d",
        "\33[999;999H",
        "\33[2L\33[3M\33[4P\33[5@\33[6X\33[2S\33[2T\33[20b",
        "\0337\0338\33[s\33[u\33D\33M\33E",
        "\33[2;20r\33[r",
        "\33(0lqqk\33(B\33)0\16x\17",
        "\33#8\33#6",
        "\33=\33>\33[?1h\33[?1l",
        "\33[?25l\33[?25h\33[?7l\33[?7h\33[?5h\33[?5l",
        "\33[?1049h\33[?1049l\33[?47h\33[?47l\33[?1047;1048h",
        "\33[?2004h\33[?2004l\33[?1000h\33[?1002;1006h",
        "\33[4h\33[4l\33[20h",
        "\33[3 q\33[!p\33[1\"q",
        "\33c",
        "\303\251 \342\224\200 \360\237\230\200 \357\277\275",
        "\33[1;2;3;4$r\33[42;1;1;2;2$x",
        "\33[0J\33[?0J\33[?2K",
        "\33H\33[g\33[3g",
    };

    for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
        check_passes(harmless[i]);
}

static void test_strings(void)
{
    char shown[80];

    check_dropped("\33]0;title\a");
    check_dropped("\33]2;title\33\\");
    check_dropped("\33]52;c;cm0gLXJmIH4=\a");
    check_dropped("\33]52;c;?\33\\");
    check_dropped("\33]4;1;rgb:00/00/00\a");
    check_dropped("\33]10;?\a");
    check_dropped("\33]8;;http://example.org/\33\\");
    check_dropped("\33]9;a notification\a");
    check_dropped("\33]777;notify;a;b\a");
    check_dropped("\33]1337;File=name=YQ==;size=1:QQ==\a");
    check_dropped("\33]0;\303\251\302\234 a string goes on behind U+009C\a");
    check_dropped("\33P$qm\33\\");
    check_dropped("\33P+q544e\33\\");
    check_dropped("\33Pq#0;2;0;0;0\nsixel\a goes on\33\\");
    check_dropped("\33_Gf=24;AAAA\33\\");
    check_dropped("\33^private\33\\");
    check_dropped("\33Xstart of string\33\\");
    /* CAN, SUB and another sequence end a string too. */
    check_dropped("\33]0;title\30");
    check_dropped("\33Pq\32");
    check("\33]0;title\33[1mbold", "\33[1mbold");
    snprintf(shown, sizeof(shown), "a%s]0;t\ab", unknown);
    check("a\302\235]0;t\ab", shown); /* as 8-bit controls it would have been a title */
}

static void test_what_is_asked(void)
{
    static const char *const never[] = {
        "\5",        "\33[21t",     "\33[20t", "\33[14t", "\33[19t",   "\33[x",    "\33Z",
        "\33[?6n",   "\33[>0q",     "\33[?u",  "\33[=c",  "\33[?15n",  "\33[1$p",  "\33[?25$p",
        "\33[2*y",   "\33[1;1;1*y", "\33[1$w", "\33[#|",  "\33[?1;1S", "\33[6;6n", "\33[26n",
        "\33[>4;?m", "\33[1$u",     "\33[1c",  "\33[0;0c"};
    static const char *const sometimes[] = {"\33[6n", "\33[5n", "\33[c",
                                            "\33[0c", "\33[>c", "\33[>0c"};

    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
        check_dropped(never[i]);
        check_bytes(never[i], strlen(never[i]), "", true, false);
    }
    for (size_t i = 0; i < sizeof(sometimes) / sizeof(sometimes[0]); i++) {
        check_dropped(sometimes[i]);
        check_bytes(sometimes[i], strlen(sometimes[i]), sometimes[i], true, false);
    }
}

static void test_what_steers(void)
{
    static const char *const harmful[] = {
        "\33[8;10;10t", "\33[3;0;0t", "\33[2t",   "\33[22;0t",     "\33[40t",    "\33[5i",
        "\33[4i",       "\33[?5i",    "\33[i",    "\33[2h",        "\33[12h",    "\33[?3h",
        "\33[?8l",      "\33[?1001h", "\33[?67h", "\33[?1036h",    "\33[?80h",   "\33[>4;2m",
        "\33[>1u",      "\33[=1;1u",  "\33[<u",   "\33[61\"p",     "\33[?1049s", "\33[?1049r",
        "\33[1 t",      "\33[#{",     "\33[2$~",  "\33[1$}",       "\33[36*|",   "\33[80$|",
        "\33[2;3y",     "\33[1q",     "\33l",     "\33m",          "\33 F",      "\33 G",
        "\33%@",        "\33%G",      "\33%/G",   "\33-A",         "\33}",       "\33~",
        "\33(%5",       "\33V",       "\33\\",    "\33[1;2;3;4;5T"};

    for (size_t i = 0; i < sizeof(harmful) / sizeof(harmful[0]); i++)
        check_dropped(harmful[i]);
    check("\33[?25;3;1h", "\33[?25;1h");
    check("\33[?3;40h!", "!");
}

static void test_broken(void)
{
    char long_one[400] = "a\33[", text[80];

    check("\33[2000000000b-", "-");
    check("\33[32768b-", "-");
    check("\33[000001b-", "-");
    check("\33[32767b-", "\33[32767b-");
    check("\33[1:2;;3m", "\33[1:2;;3m");
    check("\33[1?25h-", "-");
    check("\33[?1?2h-", "-");
    check("\33[1 1q-", "-");
    check("\33[?25 h-", "-");
    check("\33\33\33[m", "\33[m");
    check("\33[1\33[m", "\33[m");
    check("\33[1\30m", "m");
    check("\33[3\n1m", "\n\33[31m"); /* a terminal goes to the next line first as well */
    check("\33[3\5\0331m", "m");
    check("nul\1\2\3\177.", "nul.");
    /* A sequence without end is skipped in the room that there is. */
    memset(long_one + 3, '1', 300);
    strcpy(long_one + 303, "mb");
    check(long_one, "ab");
    snprintf(text, sizeof(text), "a%s%s%sb", unknown, unknown, unknown);
    check("a\200\377\300b", text);
    snprintf(text, sizeof(text), "a%sb", unknown);
    check("a\342\224b", text);
    check("a\303b", text);
    snprintf(text, sizeof(text), "%s\33[m", unknown);
    check("\303\33[m", text);
    snprintf(text, sizeof(text), "%s1m", unknown);
    check("\302\2331m", text); /* CSI in UTF-8 */
    check("\2331m", text);     /* … and as one byte */
    check("\33[\2331m", text);
    snprintf(text, sizeof(text), "%s%s%s", unknown, unknown, unknown);
    check("\355\240\200", text); /* a surrogate */
    check("\340\200\200", text); /* overlong */
    check_bytes("a\0b", 3, "ab", false, false);
    check_bytes("\303\251 \200\342\224\200", 7, "? ??", false, true);
}

static void check_reset(const char *in, const char *want)
{
    struct terminal_filter f;
    struct buf out = BUF_INIT;

    terminal_filter_init(&f);
    terminal_filter_feed(&f, (const uint8_t *)in, strlen(in), &out);
    buf_clear(&out);
    terminal_filter_reset(&f, &out);
    buf_append(&out, "", 1);
    CHECK_STR((const char *)out.data, want);
    /* Forgotten: text is text, and there is nothing to bring back any more. */
    buf_clear(&out);
    terminal_filter_feed(&f, (const uint8_t *)"1m", 2, &out);
    CHECK_INT(out.len, 2);
    terminal_filter_reset(&f, &out);
    CHECK_INT(out.len, 2);
    buf_finish(&out);
}

static void test_reset(void)
{
    check_reset("", "");
    check_reset("nothing special \33[2J\33[H", "");
    check_reset("\33[31mred\33[", "\33[m");
    check_reset("\33[?2004h", "\33[?2004l");
    check_reset("\33[?2004h\33[?2004l", "");
    check_reset("\33[?25l", "\33[?25h");
    check_reset("\33[?1049h\33[?1h\33=", "\33>\33[?1l\33[?1049l");
    check_reset("\33[?1000;1006h\33[?7l", "\33[?7h\33[?1000l\33[?1006l");
    check_reset("\33[2;5r", "\0337\33[r\0338");
    check_reset("\33(0", "\17\33(B\33)B");
    check_reset("\16", "\17\33(B\33)B");
    check_reset("\33[4h\33[20h", "\33[4l\33[20l");
    check_reset("\33[5 q", "\33[0 q");
    check_reset("\33[?1048h", "");
    check_reset("\33[?3h\33]0;never ends", "");
}

static void test_size(void)
{
    struct terminal_filter f;
    struct buf out = BUF_INIT;
    static const char in[] = "\33[18t\33[999;999H\33[6n";

    terminal_filter_init(&f);
    f.answers = true;
    terminal_filter_feed(&f, (const uint8_t *)in, strlen(in), &out);
    CHECK_INT(f.size_asked, 1);
    buf_append(&out, "", 1);
    CHECK_STR((const char *)out.data, in + 5);
    buf_clear(&out);
    terminal_put_size(&out, 80, 24);
    CHECK_INT(terminal_answers_len(out.data, out.len), out.len);
    buf_append(&out, "", 1);
    CHECK_STR((const char *)out.data, "\33[8;24;80t");
    buf_finish(&out);
}

static void test_answers(void)
{
    CHECK_INT(terminal_answers_len((const uint8_t *)"\33[24;80R\33[A", 11), 8);
    static const char *const answers[] = {"\33[24;80R",   "\33[1;1R",        "\33[1;17R",
                                          "\33[?62;22c",  "\33[>41;370;0c",  "\33[0n",
                                          "\33[8;24;80t", "\33[24;80R\33[0n"};
    static const char *const others[] = {
        "",         "R",         "\33[",         "\33[R",     "\33[A",
        "\33[1;2R", "\33[1;16R", "x\33[24;80R",  "\33[24;80", "\33OR",
        "\33[200~", "\33[?R",    "\33[24;80\033"};

    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
        CHECK_INT(terminal_answers_len((const uint8_t *)answers[i], strlen(answers[i])),
                  strlen(answers[i]));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        CHECK_INT(terminal_answers_len((const uint8_t *)others[i], strlen(others[i])), 0);
}

/* 64 MB of a string leaves nothing, in no memory. */
static void test_endless(void)
{
    struct terminal_filter f;
    struct buf out = BUF_INIT;
    static uint8_t block[1 << 20];

    terminal_filter_init(&f);
    memset(block, 'x', sizeof(block));
    terminal_filter_feed(&f, (const uint8_t *)"\33]0;", 4, &out);
    for (int i = 0; i < 64; i++)
        terminal_filter_feed(&f, block, sizeof(block), &out);
    CHECK_INT(out.len, 0);
    CHECK(!out.data);
    terminal_filter_feed(&f, (const uint8_t *)"\ab", 2, &out);
    CHECK_INT(out.len, 1);
    buf_finish(&out);
}

int main(void)
{
    test_what_draws();
    test_strings();
    test_what_is_asked();
    test_what_steers();
    test_broken();
    test_reset();
    test_size();
    test_answers();
    test_endless();
    return check_result();
}
