package dev.verdant.green.http;

import java.io.IOException;

/** A body whose length was told. */
final class FixedBody extends RequestBody {

    private long left;

    FixedBody(Input input, Patience patience, Continue client, long length) {
        super(input, patience, client);
        this.left = length;
    }

    @Override
    boolean isWhole() {
        return left == 0;
    }

    @Override
    long left() {
        return left;
    }

    @Override
    int tryRead(byte[] target, int offset, int length) throws IOException {
        int count = input.tryRead(target, offset, (int) Math.min(length, left));
        if (count < 0) {
            throw cutOff();
        }
        left -= count;
        return count;
    }

    @Override
    public int available() {
        return (int) Math.min(left, input.size());
    }
}
