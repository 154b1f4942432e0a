package org.vkmbv3.logic;

/** Knows how a camera's pictures are to be turned. */
public final class Rotation {
    private static final int FULL_TURN = 360;

    private Rotation() {}

    /**
     * Returns by how many degrees a frame is turned clockwise so that it is upright on the screen.
     *
     * @param sensor CameraCharacteristics.SENSOR_ORIENTATION
     * @param display how far the screen is turned from how the phone is mostly held, in degrees
     */
    public static int clockwise(int sensor, int display, boolean frontFacing) {
        int turn = frontFacing ? sensor + display : sensor - display;
        return (turn % FULL_TURN + FULL_TURN) % FULL_TURN;
    }
}
