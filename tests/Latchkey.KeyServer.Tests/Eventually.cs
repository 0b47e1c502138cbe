namespace Latchkey.KeyServer.Tests;

/// <summary>Waits for something that another thread brings about.</summary>
internal static class Eventually
{
    public static async Task Is(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!condition())
        {
            Assert.False(patience.IsCancellationRequested, "it did not come about in time");
            await Task.Delay(5);
        }
    }
}
