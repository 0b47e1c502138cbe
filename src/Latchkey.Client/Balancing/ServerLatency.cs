using System.Numerics;

namespace Latchkey.Client.Balancing;

/// <summary>
/// How fast one key server answers: a moving average, the floor of its round trips, and percentiles of the last seconds. Written on
/// the path of every operation by any thread without a lock: a lost update costs nothing but one sample.
/// </summary>
internal sealed class ServerLatency(TimeProvider time)
{
    // Quarters of octaves of microseconds up to 16 s: a percentile is off by a quarter at most.
    private const int Buckets = 24 * 4;
    private const int FewestSamples = 20;
    private const double Weight = 1.0 / 8;
    private static readonly TimeSpan Generation = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FloorGeneration = TimeSpan.FromMinutes(1);

    private readonly int[][] _counts = [new int[Buckets], new int[Buckets]];
    private readonly double[] _floors = [double.PositiveInfinity, double.PositiveInfinity];
    private readonly Lock _rotating = new();
    private int _current;
    private long _rotated = time.GetTimestamp();
    private long _floorRotated = time.GetTimestamp();
    private double _average;

    /// <summary>Moving average in microseconds; 0: none yet.</summary>
    public double Average => Volatile.Read(ref _average);

    /// <summary>The shortest round trip of the last minutes in microseconds; 0: none yet.</summary>
    public double Floor
    {
        get
        {
            var floor = Math.Min(Volatile.Read(ref _floors[0]), Volatile.Read(ref _floors[1]));
            return double.IsInfinity(floor) ? 0 : floor;
        }
    }

    /// <summary>An operation was answered.</summary>
    public void Add(TimeSpan elapsed)
    {
        var microseconds = elapsed.TotalMicroseconds;
        var average = Volatile.Read(ref _average);
        Volatile.Write(ref _average, average == 0 ? microseconds : average + ((microseconds - average) * Weight));
        _counts[Volatile.Read(ref _current)][BucketOf(microseconds)]++;
    }

    /// <summary>A ping was answered.</summary>
    public void AddRoundTrip(TimeSpan elapsed)
    {
        lock (_rotating)
        {
            if (time.GetElapsedTime(_floorRotated) > FloorGeneration)
            {
                _floorRotated = time.GetTimestamp();
                Volatile.Write(ref _floors[1], _floors[0]);
                Volatile.Write(ref _floors[0], double.PositiveInfinity);
            }
            Volatile.Write(ref _floors[0], Math.Min(_floors[0], elapsed.TotalMicroseconds));
        }
    }

    /// <summary>The time in which so many of a hundred of the last 10 to 20 seconds' answers came; null: there were too few.</summary>
    public TimeSpan? Percentile(int percentile)
    {
        lock (_rotating)
        {
            if (time.GetElapsedTime(_rotated) > Generation)
            {
                _rotated = time.GetTimestamp();
                Array.Clear(_counts[1 - _current]);
                Volatile.Write(ref _current, 1 - _current);
            }
            var total = _counts[0].Sum() + _counts[1].Sum();
            if (total < FewestSamples)
                return null;
            var left = (int)Math.Ceiling(total * percentile / 100.0);
            var bucket = 0;
            while (bucket < Buckets - 1 && (left -= _counts[0][bucket] + _counts[1][bucket]) > 0)
                bucket++;
            return TimeSpan.FromMicroseconds(UpperBound(bucket));
        }
    }

    /// <summary>What was measured before says nothing of what is there now.</summary>
    public void Forget() => Volatile.Write(ref _average, 0);

    private static int BucketOf(double microseconds)
    {
        var value = (uint)Math.Clamp(microseconds, 4, (1 << 24) - 1);
        var octave = BitOperations.Log2(value);
        return (octave << 2) | (int)((value >> (octave - 2)) & 3);
    }

    private static double UpperBound(int bucket) => (4 + (bucket & 3) + 1) * Math.Pow(2, (bucket >> 2) - 2);
}
