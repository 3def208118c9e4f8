package dev.verdant.green.stream;

import org.jspecify.annotations.Nullable;

/** A write: done when the system has taken all bytes up to its last one. Confined to its stream's loop. */
final class WriteRequest extends Operation<@Nullable Void> {

    /** How many bytes the stream has written when this one's last has gone. */
    final long end;

    WriteRequest(long end, @Nullable IOCallback<? super @Nullable Void> callback) {
        super(callback);
        this.end = end;
    }

    @Override
    public String toString() {
        return "write";
    }
}
