package org.vkmbv3.app;

import android.content.Context;
import android.content.Intent;
import android.content.IntentFilter;
import android.os.BatteryManager;
import android.os.Build;
import android.os.Handler;
import android.os.Looper;
import android.os.PowerManager;
import org.vkmbv3.logic.PhoneState;

/** Tells how hot and how charged the phone is, every two seconds while a person can see the app. */
final class PhoneWatch {
    interface Listener {
        void phoneIs(PhoneState state);
    }

    private static final long MILLISECONDS_BETWEEN = 2000;
    private static final double TENTHS = 10;
    private static final int FULL = 100;

    private final Context context;
    private final Listener listener;
    private final Handler handler = new Handler(Looper.getMainLooper());
    private final Runnable look = this::look;

    PhoneWatch(Context context, Listener listener) {
        this.context = context;
        this.listener = listener;
    }

    void start() {
        look();
    }

    void stop() {
        handler.removeCallbacks(look);
        listener.phoneIs(state().visible(false));
    }

    private void look() {
        listener.phoneIs(state());
        handler.postDelayed(look, MILLISECONDS_BETWEEN);
    }

    private PhoneState state() {
        PowerManager power = (PowerManager) context.getSystemService(Context.POWER_SERVICE);
        int thermal = Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q ? power.getCurrentThermalStatus() : 0;
        Intent battery = context.registerReceiver(null, new IntentFilter(Intent.ACTION_BATTERY_CHANGED));
        if (battery == null) {
            return new PhoneState(thermal, Double.NaN, FULL, true, power.isPowerSaveMode(), true);
        }
        int tenths = battery.getIntExtra(BatteryManager.EXTRA_TEMPERATURE, -1);
        int level = battery.getIntExtra(BatteryManager.EXTRA_LEVEL, -1);
        int scale = battery.getIntExtra(BatteryManager.EXTRA_SCALE, -1);
        int percent = level >= 0 && scale > 0 ? FULL * level / scale : FULL;
        boolean plugged = battery.getIntExtra(BatteryManager.EXTRA_PLUGGED, 0) != 0;
        return new PhoneState(thermal, tenths > 0 ? tenths / TENTHS : Double.NaN, percent, plugged,
                power.isPowerSaveMode(), true);
    }
}
