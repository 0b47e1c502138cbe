namespace Latchkey.Interop.Fleet;

/// <summary>A fleet whose keys change during no test, for those that only come and go.</summary>
public sealed class QuietFleet : IAsyncLifetime
{
    internal TicketFleet Fleet { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Fleet = await TicketFleet.StartAsync();
        await Fleet.ShareKeysAsync();
    }

    public ValueTask DisposeAsync() => Fleet.DisposeAsync();
}
