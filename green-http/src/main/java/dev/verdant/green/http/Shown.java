package dev.verdant.green.http;

/** Shows what a client or a handler has said in a message or a log, in which a control character could begin a line of its own. */
final class Shown {

    private static final int LONGEST = 256;

    private Shown() {}

    static String of(String text) {
        var shown = new StringBuilder(text.length());
        for (int i = 0; i < text.length() && i < LONGEST; i++) {
            char c = text.charAt(i);
            if (c < ' ' || c >= 0x7f && c < 0xa0 || c == '"' || c == '\\') {
                shown.append(String.format("\\x%02x", (int) c));
            } else {
                shown.append(c);
            }
        }
        return text.length() > LONGEST ? shown.append("...").toString() : shown.toString();
    }
}
