namespace Latchkey.Tls.AspNetCore;

/// <summary>
/// Lets one log line through per interval and counts the rest: a key server that is down fails every handshake of a site, and
/// ten thousand equal lines a second hide what they say.
/// </summary>
internal sealed class ThrottledLine(TimeProvider timeProvider, TimeSpan interval)
{
    private readonly Lock _lock = new();
    private long _last;
    private int _suppressed;
    private bool _written;

    /// <param name="suppressed">How many were held back since the last line that passed.</param>
    public bool TryPass(out int suppressed)
    {
        lock (_lock)
        {
            if (_written && timeProvider.GetElapsedTime(_last) < interval)
            {
                _suppressed++;
                suppressed = 0;
                return false;
            }

            suppressed = _suppressed;
            _suppressed = 0;
            _written = true;
            _last = timeProvider.GetTimestamp();
            return true;
        }
    }
}
