using System.Runtime.InteropServices;

namespace Latchkey.Roles;

/// <summary>
/// SIGTERM and SIGINT ask to stop: the first patiently, the second at once. SIGHUP asks to reload.
/// </summary>
internal sealed class Signals : IDisposable
{
    private readonly TaskCompletionSource _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _impatient = new();
    private readonly SemaphoreSlim _reloads = new(0);
    private readonly List<PosixSignalRegistration> _registrations;

    public Signals() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnStop),
        PosixSignalRegistration.Create(PosixSignal.SIGINT, OnStop),
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnReload),
    ];

    /// <summary>Completes at the first request to stop.</summary>
    public Task Stop => _stop.Task;

    /// <summary>Cancelled at the second request to stop.</summary>
    public CancellationToken Impatient => _impatient.Token;

    /// <summary>Completes once for each request to reload.</summary>
    public Task ReloadAsync(CancellationToken cancellationToken) => _reloads.WaitAsync(cancellationToken);

    /// <summary>Takes the end of an input for a request to stop: whoever started us has gone.</summary>
    public void StopAtEndOf(Stream input) => _ = Task.Run(async () =>
    {
        var ignored = new byte[256];
        while (await input.ReadAsync(ignored) > 0)
        {
        }
        _stop.TrySetResult();
    });

    private void OnStop(PosixSignalContext context)
    {
        context.Cancel = true;
        if (!_stop.TrySetResult())
            _impatient.Cancel();
    }

    private void OnReload(PosixSignalContext context)
    {
        context.Cancel = true;
        _reloads.Release();
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _impatient.Dispose();
        _reloads.Dispose();
    }
}
