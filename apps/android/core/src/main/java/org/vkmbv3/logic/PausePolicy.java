package org.vkmbv3.logic;

/**
 * Decides whether a phone may train. What has stopped it must be clearly better before it goes on, or a phone at the edge
 * would stop and go on all the time.
 */
public final class PausePolicy {
    /** Says why not. */
    public enum Reason {
        NONE,
        BACKGROUND,
        HOT,
        BATTERY,
        SAVING_POWER
    }

    private static final int LIGHT = 1;
    private static final int SEVERE = 3;
    // Above 45 degrees a phone's battery ages fast, and its maker's own limits begin.
    private static final double HOT_CELSIUS = 43;
    private static final double COOL_CELSIUS = 39;
    private static final int LOW_PERCENT = 15;
    private static final int ENOUGH_PERCENT = 20;

    private boolean hot;
    private boolean low;

    /** Returns NONE where it may. */
    public Reason judge(PhoneState phone) {
        if (phone.thermalStatus >= SEVERE || phone.batteryCelsius >= HOT_CELSIUS) {
            hot = true;
        } else if (phone.thermalStatus <= LIGHT && !(phone.batteryCelsius >= COOL_CELSIUS)) {
            hot = false;
        }
        if (phone.charging || phone.batteryPercent >= ENOUGH_PERCENT) {
            low = false;
        } else if (phone.batteryPercent < LOW_PERCENT) {
            low = true;
        }
        if (!phone.visible) {
            return Reason.BACKGROUND;
        }
        if (hot) {
            return Reason.HOT;
        }
        if (low) {
            return Reason.BATTERY;
        }
        return phone.savingPower && !phone.charging ? Reason.SAVING_POWER : Reason.NONE;
    }
}
