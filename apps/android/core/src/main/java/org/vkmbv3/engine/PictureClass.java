package org.vkmbv3.engine;

/** Is a class of a session, as it was at one moment. */
public final class PictureClass {
    public final String name;
    public final long pictures;
    public final boolean background;

    public PictureClass(String name, long pictures, boolean background) {
        this.name = name;
        this.pictures = pictures;
        this.background = background;
    }
}
