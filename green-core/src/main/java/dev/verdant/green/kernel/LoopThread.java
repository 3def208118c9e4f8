package dev.verdant.green.kernel;

/** The platform thread of a loop. Finding one as one's carrier is being on its loop. */
final class LoopThread extends Thread {

    final Loop loop;

    LoopThread(Loop loop, String name) {
        super(null, loop::run, name, 0, false);
        this.loop = loop;
        setDaemon(true);
    }
}
