package dev.verdant.green.patch;

/** What can be patched. */
public enum Patch {

    /** Every {@code new java.net.Socket()} and {@code new java.net.ServerSocket()} of the JVM. */
    SOCKET,

    /** Names to addresses and addresses to names, by {@link java.net.InetAddress}, on green threads. Needs the jar {@code verdant-green-dns}. */
    DNS,

    /** {@link ProcessBuilder#start} and {@link Runtime#exec}. Nothing of the JDK's leads there: by the agent and by {@code Patcher.importPatched} only. */
    PROCESS
}
