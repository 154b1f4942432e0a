package org.vkmbv3.app;

import android.content.Context;
import android.graphics.Canvas;
import android.graphics.Paint;
import android.util.AttributeSet;
import android.view.View;
import org.vkmbv3.engine.Curve;

/** Draws the losses of a lesson: of what is taught in one colour, of held-out pictures in another. */
public final class CurvesView extends View {
    private static final float LINE_SHARE = 0.015f;

    private final Paint axis = new Paint(Paint.ANTI_ALIAS_FLAG);
    private final Paint training = new Paint(Paint.ANTI_ALIAS_FLAG);
    private final Paint validation = new Paint(Paint.ANTI_ALIAS_FLAG);
    private Curve taught;
    private Curve heldOut;

    public CurvesView(Context context, AttributeSet attributes) {
        super(context, attributes);
        axis.setColor(context.getColor(R.color.axis));
        training.setColor(context.getColor(R.color.training));
        validation.setColor(context.getColor(R.color.validation));
    }

    void show(Curve trainingCurve, Curve validationCurve) {
        taught = trainingCurve;
        heldOut = validationCurve;
        invalidate();
    }

    @Override
    protected void onDraw(Canvas canvas) {
        super.onDraw(canvas);
        canvas.drawLine(0, getHeight() - 1f, getWidth(), getHeight() - 1f, axis);
        if (taught == null || taught.size() == 0) {
            return;
        }
        double largest = Math.max(largest(taught), largest(heldOut));
        double last = Math.max(taught.step(taught.size() - 1), 1);
        draw(canvas, taught, training, largest, last);
        draw(canvas, heldOut, validation, largest, last);
    }

    private static double largest(Curve curve) {
        double largest = 0;
        for (int i = 0; i < curve.size(); ++i) {
            largest = Math.max(largest, curve.loss(i));
        }
        return largest;
    }

    private void draw(Canvas canvas, Curve curve, Paint paint, double largest, double last) {
        if (largest <= 0) {
            return;
        }
        paint.setStrokeWidth(LINE_SHARE * getHeight());
        float beforeX = 0;
        float beforeY = 0;
        for (int i = 0; i < curve.size(); ++i) {
            float x = (float) (getWidth() * curve.step(i) / last);
            float y = (float) (getHeight() * (1 - curve.loss(i) / largest));
            if (i > 0) {
                canvas.drawLine(beforeX, beforeY, x, y, paint);
            }
            beforeX = x;
            beforeY = y;
        }
    }
}
