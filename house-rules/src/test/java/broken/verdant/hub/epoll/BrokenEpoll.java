package broken.verdant.hub.epoll;

/** Something for another hub to know. */
public class BrokenEpoll {}
