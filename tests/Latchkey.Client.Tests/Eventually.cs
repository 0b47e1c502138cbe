namespace Latchkey.Client.Tests;

/// <summary>Waits for something that another thread brings about.</summary>
internal static class Eventually
{
    public static async Task Is(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(LinkWorld.Patience);
        while (!condition())
        {
            Assert.False(patience.IsCancellationRequested, "it did not come about in time");
            await Task.Delay(5);
        }
    }
}
