package dev.verdant.green.net;

import java.net.DatagramPacket;
import java.net.DatagramSocketImpl;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;

/**
 * What {@link java.net.DatagramSocket}'s constructor wants and {@link GreenDatagramSocket} never calls, because it overrides every public method.
 * The other constructors open a socket of the JDK's; and were our channel beneath this, the JDK's own locks would stand before it.
 */
final class UnusedDatagramSocketImpl extends DatagramSocketImpl {

    private static UnsupportedOperationException unused() {
        return new UnsupportedOperationException("a green datagram socket calls no DatagramSocketImpl, please report");
    }

    @Override
    protected void create() {
        throw unused();
    }

    @Override
    protected void bind(int port, InetAddress at) {
        throw unused();
    }

    @Override
    protected void send(DatagramPacket packet) {
        throw unused();
    }

    @Override
    protected int peek(InetAddress sender) {
        throw unused();
    }

    @Override
    protected int peekData(DatagramPacket packet) {
        throw unused();
    }

    @Override
    protected void receive(DatagramPacket packet) {
        throw unused();
    }

    @Override
    @SuppressWarnings("removal")
    protected void setTTL(byte ttl) {
        throw unused();
    }

    @Override
    @SuppressWarnings("removal")
    protected byte getTTL() {
        throw unused();
    }

    @Override
    protected void setTimeToLive(int ttl) {
        throw unused();
    }

    @Override
    protected int getTimeToLive() {
        throw unused();
    }

    @Override
    protected void join(InetAddress group) {
        throw unused();
    }

    @Override
    protected void leave(InetAddress group) {
        throw unused();
    }

    @Override
    protected void joinGroup(SocketAddress group, NetworkInterface on) {
        throw unused();
    }

    @Override
    protected void leaveGroup(SocketAddress group, NetworkInterface on) {
        throw unused();
    }

    @Override
    protected void close() {
        throw unused();
    }

    @Override
    public void setOption(int number, Object value) {
        throw unused();
    }

    @Override
    public Object getOption(int number) {
        throw unused();
    }
}
